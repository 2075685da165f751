import { createSeededRandom, type Clock, type Timer } from '@stateful/reconcile-sdk';

/** The time of one process: it stops with the process, and its wall clock may be wrong. */
export interface ProcessClock extends Clock {
  /** Nothing that was set fires any more, and nothing can be set. */
  kill(): void;
  /** As SIGSTOP: what falls due waits until `resume`; the clocks go on, as those of the machine do. */
  pause(): void;
  resume(): void;
  /** Sets the wall clock forward or back. */
  step(ms: number): void;
}

/** A view of the world's clock for one process. */
export function createProcessClock(world: Clock): ProcessClock {
  let state: 'running' | 'paused' | 'dead' = 'running';
  let skew = 0;
  const timers = new Set<Timer>();
  const late: (() => void)[] = [];
  const setTimer: Clock['setTimer'] = (ms, fn) => {
    if (state === 'dead') return { cancel: () => undefined };
    let isCancelled = false;
    const timer = world.setTimer(ms, () => {
      timers.delete(timer);
      const fire = (): void => {
        if (!isCancelled && state !== 'dead') fn();
      };
      if (state === 'paused') late.push(fire);
      else fire();
    });
    timers.add(timer);
    return {
      cancel() {
        isCancelled = true;
        timer.cancel();
        timers.delete(timer);
      },
    };
  };
  return {
    now: () => world.now() + skew,
    monotonic: () => world.monotonic(),
    setTimer,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const onAbort = (): void => {
          timer.cancel();
          reject(signal!.reason as Error);
        };
        const timer = setTimer(ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    kill() {
      state = 'dead';
      for (const timer of timers) timer.cancel();
      timers.clear();
      late.length = 0;
    },
    pause() {
      if (state === 'running') state = 'paused';
    },
    resume() {
      if (state !== 'paused') return;
      state = 'running';
      for (const fire of late.splice(0)) fire();
    },
    step: (ms) => void (skew += ms),
  };
}

/** A source of chance of its own, so that one process more does not change what happens to the others. */
export const chanceOf = (seed: number, process: number): ReturnType<typeof createSeededRandom> =>
  createSeededRandom((seed * 2_654_435_761 + process * 40_503) >>> 0);
