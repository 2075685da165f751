import { sleepWith, type Clock, type Random } from './clock.ts';

const setTimer: Clock['setTimer'] = (ms, fn) => {
  const handle = setTimeout(fn, ms);
  return { cancel: () => clearTimeout(handle) };
};

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer,
  sleep: sleepWith(setTimer),
};

/** The machine's own random numbers. */
export const systemRandom: Random = { next: () => Math.random() };
