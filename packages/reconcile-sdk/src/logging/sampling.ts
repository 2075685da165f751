/** How many lines with the same message are written. */
export interface SamplingOptions {
  /** So many in each interval. Default 20. */
  first?: number;
  /** Default 10 s. */
  intervalMs?: number;
}

/** Messages that are told apart: enough for a program, and bounded. */
const maxMessages = 1_000;

/**
 * Decides which lines are written: the first ones of each message in each interval. The first line after lines were
 * dropped says how many. `now` in milliseconds on a steady clock.
 */
export function createSampler({ first = 20, intervalMs = 10_000 }: SamplingOptions = {}) {
  const windows = new Map<string, { since: number; seen: number; dropped: number }>();
  return {
    /** Undefined: not written. Else how many lines of this message were dropped since the last one. */
    take(message: string, now: number): { dropped: number } | undefined {
      let window = windows.get(message);
      if (!window) {
        if (windows.size >= maxMessages) windows.clear();
        windows.set(message, (window = { since: now, seen: 0, dropped: 0 }));
      } else if (now - window.since >= intervalMs) {
        window.since = now;
        window.seen = 0;
      }
      if (++window.seen > first) {
        window.dropped++;
        return undefined;
      }
      const { dropped } = window;
      window.dropped = 0;
      return { dropped };
    },
  };
}
