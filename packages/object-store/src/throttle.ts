import { type Clock } from '@stateful/reconcile-sdk';

/** Lets so many bytes pass in a second, on average: whoever comes waits until those before are paid for. */
export interface Throttle {
  take(bytes: number, signal?: AbortSignal): Promise<void>;
}

/** `bytesPerSecond` undefined: as fast as it goes. */
export function createThrottle(bytesPerSecond: number | undefined, clock: Clock): Throttle {
  let freeAt = -Infinity;
  return {
    async take(bytes, signal) {
      if (bytesPerSecond === undefined) return;
      const now = clock.monotonic();
      const from = Math.max(now, freeAt);
      // The place in the line is taken before it is waited for: those that come together do not pass together.
      freeAt = from + (bytes / bytesPerSecond) * 1000;
      if (from > now) await clock.sleep(from - now, signal);
    },
  };
}
