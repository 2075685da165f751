import { sleepWith, type Clock, type Random } from './clock.ts';

/** A clock that a test moves. */
export interface ManualClock extends Clock {
  /** Moves time on, firing what falls due in order; lets pending promises run after each timer. */
  advance(ms: number): Promise<void>;
  /** Timers that are set and have not fired. */
  pending(): number;
}

/** Time that stands still until a test moves it. */
export function createManualClock(startWall = Date.UTC(2030, 0, 1)): ManualClock {
  let elapsed = 0;
  let sequence = 0;
  const timers = new Map<number, { at: number; fn: () => void }>();
  const setTimer: Clock['setTimer'] = (ms, fn) => {
    const id = sequence++;
    timers.set(id, { at: elapsed + Math.max(0, ms), fn });
    return { cancel: () => void timers.delete(id) };
  };
  const settle = async (): Promise<void> => {
    await new Promise<void>((resolve) => setImmediate(resolve));
  };
  return {
    now: () => startWall + elapsed,
    monotonic: () => elapsed,
    setTimer,
    sleep: sleepWith(setTimer),
    pending: () => timers.size,
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      for (;;) {
        const due = [...timers]
          .filter(([, timer]) => timer.at <= end)
          .sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0];
        if (!due) break;
        timers.delete(due[0]);
        elapsed = Math.max(elapsed, due[1].at);
        due[1].fn();
        await settle();
      }
      elapsed = end;
    },
  };
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    },
  };
}
