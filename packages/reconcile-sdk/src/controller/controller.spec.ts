import { describe, expect, it } from '@jest/globals';
import { createManualClock, createSeededRandom } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import { createLogger } from '../logging/index.ts';
import { createMetrics } from '../metrics/index.ts';
import { createController, type ControllerOptions } from './controller.ts';
import { createWriteBarrier } from './write-barrier.ts';

function setUp(reconcile: ControllerOptions['reconcile'], more: Partial<ControllerOptions> = {}) {
  const clock = createManualClock();
  const controller = createController({
    name: 'test',
    reconcile,
    clock,
    random: createSeededRandom(7),
    log: createLogger({ name: 'test', destination: { write: () => undefined } }),
    metrics: createMetrics({ prefix: 'test' }),
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

  it('aborts a reconcile that exceeds its deadline', async () => {
    let reason: unknown;
    const { clock, controller, end } = setUp(
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            reject(signal.reason as Error);
          });
        }),
      { deadlineMs: 1_000 },
    );
    controller.enqueue(key, 'x');
    await clock.advance(1_000);
    expect(reason).toMatchObject({ code: 'timeout' });
    await end();
  });

  it('holds a key until the cache has passed its last write, but not for ever', async () => {
    let seen = '5';
    const starts: number[] = [];
    const barrier: { current?: ReturnType<typeof createWriteBarrier> } = {};
    const { clock, controller, end } = setUp(
      () => {
        starts.push(clock.monotonic());
        return Promise.resolve(undefined);
      },
      {
        isEligible: (each) => barrier.current?.isPassed(each) ?? true,
        heldUntil: () => barrier.current?.heldUntil(),
      },
    );
    barrier.current = createWriteBarrier({ clock, timeoutMs: 10_000 });
    barrier.current.wrote(key, '6', () => seen);
    controller.enqueue(key, 'x');
    await clock.advance(1_000);
    expect(starts).toEqual([]);
    seen = '10';
    controller.kick();
    await clock.advance(0);
    expect(starts).toEqual([1_000]);
    barrier.current.wrote(key, '11', () => seen);
    controller.enqueue(key, 'y');
    await clock.advance(20_000);
    expect(starts.length).toBe(2);
    expect(starts[1]).toBeLessThanOrEqual(11_002);
    await end();
  });
});
