import { describe, expect, it } from '@jest/globals';
import { createManualClock, createSeededRandom } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import { createLogger } from '../logging/index.ts';
import { createKubeDouble } from '../../test/kube-double.ts';
import { createElector } from './elector.ts';

const log = createLogger({ name: 'test', destination: { write: () => undefined } });

function stand(
  kube: ReturnType<typeof createKubeDouble>,
  clock: ReturnType<typeof createManualClock>,
  identity: string,
) {
  const elector = createElector({
    client: kube.client,
    clock,
    random: createSeededRandom(1),
    log,
    identity,
    lease: { namespace: 'ns', name: 'leader' },
  });
  const stop = new AbortController();
  const terms: ('leading' | 'over')[] = [];
  const running = elector.run(stop.signal, (signal) => {
    terms.push('leading');
    return new Promise((resolve) =>
      signal.addEventListener('abort', () => {
        terms.push('over');
        resolve();
      }),
    );
  });
  return { elector, terms, stop, running };
}

describe('an election', () => {
  it('has one leader, and the next takes over at once when it stops', async () => {
    const kube = createKubeDouble();
    const clock = createManualClock();
    const a = stand(kube, clock, 'a');
    await clock.advance(0);
    const b = stand(kube, clock, 'b');
    await clock.advance(60_000);
    expect([a.elector.holds(), b.elector.holds()]).toEqual([true, false]);
    a.stop.abort();
    await clock.advance(2_000);
    await a.running;
    expect([a.elector.holds(), b.elector.holds()]).toEqual([false, true]);
    expect(a.terms).toEqual(['leading', 'over']);
    b.stop.abort();
    await clock.advance(0);
    await b.running;
  });

  it('fences itself before another can take the Lease, then takes part again', async () => {
    const kube = createKubeDouble();
    const clock = createManualClock();
    const a = stand(kube, clock, 'a');
    await clock.advance(0);
    const b = stand(kube, clock, 'b');
    await clock.advance(4_000);
    // From here on `a` is cut off.
    let isCut = true;
    const cut = (): void =>
      kube.failNext(
        ({ body, method }) => {
          const spec = (body as { spec?: { holderIdentity?: string } } | undefined)?.spec;
          return method === 'PUT' && spec?.holderIdentity === 'a';
        },
        new OperatorError('network', 'cut off'),
      );
    for (let second = 0; second < 30 && isCut; second++) {
      cut();
      await clock.advance(1_000);
      expect(a.elector.holds() && b.elector.holds()).toBe(false);
      if (b.elector.holds()) isCut = false;
    }
    expect(b.elector.holds()).toBe(true);
    expect(() => a.elector.fence()).toThrow('does not lead');
    expect(a.terms).toEqual(['leading', 'over']);
    b.stop.abort();
    await clock.advance(0);
    await b.running;
    a.stop.abort();
    await clock.advance(3_000);
    await a.running;
  });
});
