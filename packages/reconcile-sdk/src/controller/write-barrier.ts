import { type Clock } from '../clock/index.ts';
import { compareResourceVersions, keyText, type ObjectKey } from '../client/index.ts';

/**
 * R13, read your own writes: a key is held until the caches contain what was last written for it. A decision
 * made on an older view would repeat, or undo, that write.
 */
export interface WriteBarrier {
  /** `seen` tells the newest resourceVersion that the cache of the written kind contains. */
  wrote(key: ObjectKey, resourceVersion: string, seen: () => string): void;
  isPassed(key: ObjectKey): boolean;
  /** When the first key still held will be let go in any case, on the monotonic clock. */
  heldUntil(): number | undefined;
}

export interface WriteBarrierOptions {
  clock: Clock;
  /** A key is not held for longer than this: a watch that is broken is no reason to stand still for ever. */
  timeoutMs?: number;
  onTimeout?: (key: ObjectKey) => void;
}

export function createWriteBarrier({
  clock,
  timeoutMs = 10_000,
  onTimeout,
}: WriteBarrierOptions): WriteBarrier {
  const waits = new Map<
    string,
    { until: number; marks: { resourceVersion: string; seen: () => string }[] }
  >();
  return {
    wrote(key, resourceVersion, seen) {
      const text = keyText(key);
      const wait = waits.get(text) ?? { until: 0, marks: [] };
      wait.until = clock.monotonic() + timeoutMs;
      wait.marks.push({ resourceVersion, seen });
      waits.set(text, wait);
    },
    isPassed(key) {
      const text = keyText(key);
      const wait = waits.get(text);
      if (!wait) return true;
      wait.marks = wait.marks.filter(
        (mark) => compareResourceVersions(mark.seen(), mark.resourceVersion) < 0,
      );
      const timedOut = clock.monotonic() >= wait.until;
      if (wait.marks.length > 0 && !timedOut) return false;
      if (wait.marks.length > 0) onTimeout?.(key);
      waits.delete(text);
      return true;
    },
    heldUntil() {
      let earliest: number | undefined;
      for (const { until } of waits.values())
        if (earliest === undefined || until < earliest) earliest = until;
      return earliest;
    },
  };
}
