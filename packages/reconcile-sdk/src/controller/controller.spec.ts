import { describe, expect, it } from '@jest/globals';
import { createManualClock, createSeededRandom } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import { createLogger } from '../logging/index.ts';
import { createController, type ControllerOptions } from './controller.ts';

function setUp(reconcile: ControllerOptions['reconcile'], more: Partial<ControllerOptions> = {}) {
  const clock = createManualClock();
  const controller = createController({
    name: 'test',
    reconcile,
    clock,
    random: createSeededRandom(7),
    log: createLogger({ name: 'test', destination: { write: () => undefined } }),
    ...more,
  });
  const stop = new AbortController();
  const running = controller.run(stop.signal);
  return {
    clock,
    controller,
    async end() {
      stop.abort();
      await running;
    },
  };
}
const key = { namespace: 'ns', name: 'a' };

describe('a controller', () => {
  it('retries what failed with growing patience, and what conflicted soon', async () => {
    const at: number[] = [];
    const errors = [new OperatorError('conflict', 'newer'), new OperatorError('network', 'down'), undefined];
    const { clock, controller, end } = setUp(() => {
      at.push(clock.monotonic());
      const error = errors.shift();
      return error ? Promise.reject(error) : Promise.resolve(undefined);
    });
    controller.enqueue(key, 'x');
    await clock.advance(5_000);
    expect(at.length).toBe(3);
    expect(at[1]! - at[0]!).toBeLessThanOrEqual(101);
    await end();
  });

  it('does not retry what no retry can cure, until something changes', async () => {
    let runs = 0;
    const { clock, controller, end } = setUp(() => {
      runs++;
      return Promise.reject(new OperatorError('invalid', 'bad'));
    });
    controller.enqueue(key, 'x');
    await clock.advance(600_000);
    expect(runs).toBe(1);
    controller.enqueue(key, 'changed');
    await clock.advance(0);
    expect(runs).toBe(2);
    await end();
  });

  it('survives code that throws at once, and counts it', async () => {
    const panics: number[] = [];
    const done: string[] = [];
    const { clock, controller, end } = setUp(
      ({ name }) => {
        if (name === 'bad') (undefined as unknown as { x: () => void }).x();
        done.push(name);
        return Promise.resolve(undefined);
      },
      { observer: { panicked: () => panics.push(1) } },
    );
    controller.enqueue({ name: 'bad' }, 'x');
    controller.enqueue({ name: 'good' }, 'x');
    await clock.advance(0);
    expect([done, panics]).toEqual([['good'], [1]]);
    expect(controller.explain({ name: 'bad' })).toMatchObject({ failures: 1, runs: [{ outcome: 'error' }] });
    await end();
  });

  it('aborts a reconcile that exceeds its deadline, and names one that hangs on', async () => {
    let reason: unknown;
    let finish: () => void = () => undefined;
    const { clock, controller, end } = setUp(
      (_, { signal }) =>
        new Promise((resolve) => {
          finish = () => resolve(undefined);
          signal.addEventListener('abort', () => {
            reason = signal.reason;
          });
        }),
      { deadlineMs: 1_000 },
    );
    controller.enqueue(key, 'x');
    await clock.advance(999);
    expect(controller.hanging()).toEqual([]);
    await clock.advance(1);
    expect(reason).toMatchObject({ code: 'timeout' });
    expect(controller.hanging()).toEqual(['ns/a']);
    finish();
    await clock.advance(0);
    expect(controller.hanging()).toEqual([]);
    await end();
  });

  it('gives reconciles under way the time that it was given when it stops, and takes up nothing more', async () => {
    const seen: string[] = [];
    const { clock, controller, end } = setUp(
      ({ name }, { signal, stopping }) =>
        new Promise((resolve, reject) => {
          seen.push(`${name} begins`);
          stopping.addEventListener('abort', () => {
            seen.push(`${name} is told`);
            if (name === 'quick') resolve(undefined);
          });
          signal.addEventListener('abort', () => {
            seen.push(`${name} is cut at ${clock.monotonic()}`);
            reject(new Error('cut'));
          });
        }),
      { graceMs: 5_000, deadlineMs: 60_000, concurrency: 2 },
    );
    for (const name of ['quick', 'slow', 'late']) controller.enqueue({ name }, 'x');
    await clock.advance(0);
    const ended = end();
    await clock.advance(4_999);
    expect(seen).toEqual(['quick begins', 'slow begins', 'quick is told', 'slow is told']);
    await clock.advance(1);
    await ended;
    expect(seen.slice(4)).toEqual(['slow is cut at 5000']);
  });

  it('cuts them at once when it is not stopped but leads no more', async () => {
    const clock = createManualClock();
    const controller = createController({
      name: 'test',
      clock,
      random: createSeededRandom(7),
      log: createLogger({ name: 'test', destination: { write: () => undefined } }),
      graceMs: 5_000,
      reconcile: (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('cut')))),
    });
    const stop = new AbortController();
    const running = controller.run(stop.signal);
    controller.enqueue(key, 'x');
    await clock.advance(0);
    stop.abort(new OperatorError('fenced', 'another leads'));
    await running;
    expect(clock.monotonic()).toBe(0);
  });

  it('holds a key until the cache has passed its last write, but not for ever', async () => {
    let seen = 5;
    let version = 6;
    const starts: number[] = [];
    const held: [number, boolean][] = [];
    const { clock, controller, end } = setUp(
      (_, { wrote }) => {
        starts.push(clock.monotonic());
        const written = version++;
        wrote(() => seen >= written);
        return Promise.resolve(undefined);
      },
      { observer: { held: (seconds, timedOut) => held.push([seconds, timedOut]) } },
    );
    controller.enqueue(key, 'x');
    await clock.advance(0);
    controller.enqueue(key, 'y');
    await clock.advance(1_000);
    expect(starts).toEqual([0]);
    expect(controller.explain(key)).toMatchObject({ holders: ['own writes'], causes: ['y'] });
    seen = 6;
    controller.kick();
    await clock.advance(0);
    expect(starts).toEqual([0, 1_000]);
    controller.enqueue(key, 'z');
    await clock.advance(9_000);
    expect(starts.length).toBe(2);
    await clock.advance(1_002);
    expect(starts.length).toBe(3);
    expect(held.map(([, timedOut]) => timedOut)).toEqual([false, true]);
    await end();
  });

  it.each(['before', 'after'] as const)(
    'drops the echo of its own write that comes %s the answer',
    async (when) => {
      let runs = 0;
      const { clock, controller, end } = setUp((_, { expectEcho }) => {
        runs++;
        if (when === 'before') controller.enqueue(key, { text: 'changed', resourceVersion: '7' });
        expectEcho('7');
        return Promise.resolve(undefined);
      });
      controller.enqueue(key, 'x');
      await clock.advance(0);
      if (when === 'after') controller.enqueue(key, { text: 'changed', resourceVersion: '7' });
      await clock.advance(0);
      expect(runs).toBe(1);
      controller.enqueue(key, { text: 'changed', resourceVersion: '8' });
      await clock.advance(0);
      expect(runs).toBe(2);
      await end();
    },
  );

  it('keeps a key back that is slowed, whatever asks for it', async () => {
    let runs = 0;
    const { clock, controller, end } = setUp(() => {
      runs++;
      return Promise.resolve(undefined);
    });
    controller.slow(key, 30_000, 'hot loop');
    controller.enqueue(key, 'x');
    await clock.advance(29_999);
    expect(runs).toBe(0);
    expect(controller.explain(key).holders).toEqual(['hot loop']);
    await clock.advance(1);
    expect(runs).toBe(1);
    await end();
  });

  it('explains what it did and what it waits for', async () => {
    const { clock, controller, end } = setUp(() => Promise.resolve({ requeueAfterMs: 5_000 }));
    controller.enqueue(key, 'spec changed');
    controller.enqueue(key, 'Pod a-0 changed');
    await clock.advance(100);
    expect(controller.explain(key)).toMatchObject({
      working: false,
      dueAt: 5_000,
      runs: [
        { causes: ['Pod a-0 changed'], outcome: 'requeue', requeueAfterMs: 5_000 },
        { causes: ['spec changed'] },
      ],
    });
    await end();
  });

  it('forgets the keys of a cluster that has gone', async () => {
    const seen: string[] = [];
    const { clock, controller, end } = setUp(
      ({ cluster, name }) => {
        seen.push(`${cluster ?? ''} ${name}`);
        return Promise.resolve({ requeueAfterMs: 1_000 });
      },
      { concurrency: 1 },
    );
    controller.enqueue({ cluster: 'fleet/east', namespace: 'ns', name: 'a' }, 'x');
    controller.enqueue({ namespace: 'ns', name: 'b' }, 'x');
    await clock.advance(500);
    controller.drop(({ cluster }) => cluster === 'fleet/east');
    await clock.advance(1_000);
    expect(seen).toEqual(['fleet/east a', ' b', ' b']);
    await end();
  });
});
