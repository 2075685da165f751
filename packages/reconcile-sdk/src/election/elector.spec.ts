import { describe, expect, it } from '@jest/globals';
import { createManualClock, createSeededRandom } from '../clock/index.ts';
import { resources, type KubeClient, type Lease } from '../client/index.ts';
import { OperatorError } from '../errors/index.ts';
import { createLogger } from '../logging/index.ts';
import { createKubeDouble } from '../../test/kube-double.ts';
import { createElector, type ElectionFact, type ElectorOptions } from './elector.ts';

const key = { namespace: 'ns', name: 'leader' };
/** What becomes of a request. */
type Fate = 'answered' | 'request-lost' | 'answer-lost' | 'black-hole';

function createWorld() {
  const kube = createKubeDouble();
  const clock = createManualClock();

  /** A client behind a network of its own. */
  function clientOver(fate: (call: 'find' | 'create' | 'update') => Fate): KubeClient {
    const lost = (): OperatorError => new OperatorError('network', 'the connection broke');
    async function go<T>(call: 'find' | 'create' | 'update', act: () => Promise<T>): Promise<T> {
      const what = fate(call);
      if (what === 'black-hole') return new Promise(() => undefined);
      if (what === 'request-lost') throw lost();
      const answer = await act();
      if (what === 'answer-lost') throw lost();
      return answer;
    }
    const { find, create, update } = kube.client;
    return {
      ...kube.client,
      find: (...args) => go('find', () => find(...args)),
      create: (...args) => go('create', () => create(...args)),
      update: (...args) => go('update', () => update(...args)),
    };
  }

  function stand(identity: string, options: Partial<ElectorOptions> = {}) {
    const network = { fate: 'answered' as Fate, fateOfCreation: undefined as Fate | undefined };
    const facts: ElectionFact[] = [];
    const lines: { level: string; msg: string; unfinished?: string[] }[] = [];
    const elector = createElector({
      client: clientOver((call) => (call === 'create' ? network.fateOfCreation : undefined) ?? network.fate),
      clock,
      random: createSeededRandom(1),
      log: createLogger({
        name: 'test',
        destination: { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
      }),
      identity,
      lease: key,
      onChange: (fact) => void facts.push(fact),
      ...options,
    });
    const stop = new AbortController();
    const terms: string[] = [];
    /** Resolve it and the work ends by itself. */
    const work = { endsOnAbort: true, ...Promise.withResolvers<void>() };
    const running = elector.run(stop.signal, (signal) => {
      terms.push(`leading ${elector.epoch()}`);
      const { promise, resolve } = Object.assign(work, Promise.withResolvers<void>());
      signal.addEventListener('abort', () => {
        terms.push('told to end');
        if (work.endsOnAbort) resolve();
      });
      return promise;
    });
    return { elector, terms, stop, running, network, facts, lines, work };
  }
  const lease = () => kube.client.get(resources.leases, key);
  const change = async (edit: (lease: Lease) => Lease): Promise<void> =>
    void (await kube.client.update(resources.leases, edit(await lease())));
  async function end(...all: ReturnType<typeof stand>[]): Promise<void> {
    for (const { stop } of all) stop.abort();
    await clock.advance(60_000);
    await Promise.all(all.map(({ running }) => running));
  }
  return { kube, clock, stand, lease, change, end };
}

describe('an election', () => {
  it('has one leader, and the next takes over at once when it stops', async () => {
    const { clock, stand, end, lease } = createWorld();
    const a = stand('a');
    await clock.advance(0);
    const b = stand('b');
    await clock.advance(60_000);
    expect([a.elector.holds(), b.elector.holds()]).toEqual([true, false]);
    a.stop.abort();
    await clock.advance(2_500);
    await a.running;
    expect([a.elector.holds(), b.elector.holds()]).toEqual([false, true]);
    expect(a.terms).toEqual(['leading 0', 'told to end']);
    expect(b.terms).toEqual(['leading 1']);
    expect((await lease()).spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    await end(a, b);
    expect((await lease()).spec?.holderIdentity).toBe('');
  });

  it('fences itself before another can take the Lease, tells its work, then takes part again', async () => {
    const { clock, stand, end } = createWorld();
    const a = stand('a');
    await clock.advance(0);
    const b = stand('b');
    await clock.advance(4_000);
    const signal = a.elector.signal();
    a.network.fate = 'request-lost';
    for (let second = 0; second < 30 && !b.elector.holds(); second++) {
      await clock.advance(1_000);
      expect(a.elector.holds() && b.elector.holds()).toBe(false);
    }
    expect(b.elector.holds()).toBe(true);
    expect(signal.aborted).toBe(true);
    expect(() => a.elector.fence()).toThrow(
      'this process does not lead, so it may not write (Lease ns/leader): term 0 is over, it was not renewed in time',
    );
    expect(() => a.elector.epoch()).toThrow(OperatorError);
    expect(a.terms).toEqual(['leading 0', 'told to end']);
    expect(a.facts).toEqual([{ kind: 'leading', epoch: 0 }, { kind: 'not-leading' }]);
    a.network.fate = 'answered';
    await end(b);
    await clock.advance(3_000);
    expect(a.terms.at(-1)).toBe('leading 2');
    await end(a);
  });

  it('is not held up by a black hole: it steps down in time and stands again', async () => {
    const { clock, stand, end } = createWorld();
    const a = stand('a');
    await clock.advance(3_000);
    a.network.fate = 'black-hole';
    // The last renewal was sent at 2 s.
    await clock.advance(8_999);
    expect(a.elector.holds()).toBe(true);
    await clock.advance(2);
    expect(a.elector.holds()).toBe(false);
    a.network.fate = 'answered';
    await clock.advance(6_000);
    expect(a.terms).toEqual(['leading 0', 'told to end', 'leading 1']);
    await end(a);
  });

  it('begins no second term before the work of the first has ended, and names who hangs', async () => {
    const { clock, stand, end } = createWorld();
    const a = stand('a', { unfinished: () => ['controller widget'] });
    a.work.endsOnAbort = false;
    await clock.advance(1_000);
    a.network.fate = 'request-lost';
    await clock.advance(20_000);
    a.network.fate = 'answered';
    await clock.advance(25_000);
    expect(a.terms).toEqual(['leading 0', 'told to end']);
    expect(() => a.elector.fence()).toThrow('does not lead');
    expect(a.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { unfinished: ['controller widget'], msg: expect.stringContaining('30 s after it was told to end') },
    ]);
    a.work.resolve();
    await clock.advance(5_000);
    expect(a.terms.at(-1)).toBe('leading 1');
    a.work.endsOnAbort = true;
    await end(a);
  });

  it('keeps the Lease on stop until the work has ended', async () => {
    const { clock, stand, lease, end } = createWorld();
    const a = stand('a');
    a.work.endsOnAbort = false;
    await clock.advance(1_000);
    const signal = a.elector.signal();
    a.stop.abort();
    await clock.advance(20_000);
    // What is under way may be finished: only new work has to end.
    expect([a.elector.holds(), signal.aborted]).toEqual([true, false]);
    expect((await lease()).spec?.holderIdentity).toBe('a');
    a.work.resolve();
    await clock.advance(0);
    await a.running;
    expect([a.elector.holds(), signal.aborted]).toEqual([false, true]);
    expect((await lease()).spec?.holderIdentity).toBe('');
    await end(a);
  });

  it('leaves behind, fenced, what does not end on stop', async () => {
    const { clock, stand, lease } = createWorld();
    const a = stand('a', { endsWithinMs: 20_000 });
    a.work.endsOnAbort = false;
    await clock.advance(1_000);
    a.stop.abort();
    await clock.advance(20_000);
    expect(a.elector.holds()).toBe(false);
    // What was cut has the margin to take effect before another may lead.
    await clock.advance(a.elector.marginMs - 1);
    expect((await lease()).spec?.holderIdentity).toBe('a');
    await clock.advance(1);
    expect((await lease()).spec?.holderIdentity).toBe('');
    await a.running;
  });

  it('passes on what the work fails with, after it has released the Lease', async () => {
    const { clock, stand, lease } = createWorld();
    const a = stand('a');
    await clock.advance(1_000);
    a.work.reject(new Error('a cache could not be filled'));
    await expect(a.running).rejects.toThrow('a cache could not be filled');
    expect((await lease()).spec?.holderIdentity).toBe('');
    expect(a.elector.holds()).toBe(false);
  });

  it('stands again when its work ends by itself', async () => {
    const { clock, stand, end } = createWorld();
    const a = stand('a');
    await clock.advance(1_000);
    a.work.resolve();
    await clock.advance(5_000);
    expect(a.terms).toEqual(['leading 0', 'told to end', 'leading 1']);
    await end(a);
  });

  it('goes on when somebody else edits the Lease, by the slow path', async () => {
    const { clock, stand, change, lease, end } = createWorld();
    const a = stand('a');
    await clock.advance(1_000);
    await change((found) => ({ ...found, metadata: { ...found.metadata, labels: { team: 'x' } } }));
    await clock.advance(30_000);
    expect(a.facts).toEqual([{ kind: 'leading', epoch: 0 }, { kind: 'slow-path' }]);
    expect((await lease()).metadata?.labels).toEqual({ team: 'x' });
    await end(a);
  });

  it('steps down when somebody writes another holder into the Lease', async () => {
    const { clock, stand, change, end } = createWorld();
    const a = stand('a');
    await clock.advance(1_000);
    await change((found) => ({ ...found, spec: { ...found.spec, holderIdentity: 'someone' } }));
    await clock.advance(2_000);
    expect(a.elector.holds()).toBe(false);
    expect(() => a.elector.fence()).toThrow('someone has taken the Lease');
    await end(a);
  });

  it('knows its own hand when the answer to winning is lost', async () => {
    const { clock, stand, end } = createWorld();
    const a = stand('a');
    a.network.fateOfCreation = 'answer-lost';
    await clock.advance(5_000);
    expect(a.terms).toEqual(['leading 1']);
    await end(a);
  });

  it('lets only one of two processes of the same name lead', async () => {
    const { clock, stand, end } = createWorld();
    const [a, b] = [stand('same'), stand('same', { random: createSeededRandom(2) })];
    for (let second = 0; second < 60; second++) {
      await clock.advance(1_000);
      expect(a.elector.holds() && b.elector.holds()).toBe(false);
    }
    expect(a.terms.length + b.terms.length).toBe(1);
    await end(a, b);
  });

  it('says nothing was ever held, in words for people', () => {
    const { stand } = createWorld();
    const { elector } = stand('a');
    expect(elector.signal().aborted).toBe(true);
    expect(() => elector.fence()).toThrow(
      'this process does not lead, so it may not write (Lease ns/leader)',
    );
  });

  it('refuses times that would not keep two leaders apart', () => {
    const { stand } = createWorld();
    expect(() => stand('a', { durationMs: 10_000, renewDeadlineMs: 10_000 })).toThrow('at most 9000 ms');
    expect(() => stand('a', { renewDeadlineMs: 3_000 })).toThrow('no room for two tries');
    expect(() => stand('a', { thread: true })).toThrow('needs `config`');
  });
});
