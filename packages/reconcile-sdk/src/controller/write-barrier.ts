import { type Clock } from '../clock/index.ts';

/**
 * R13, read your own writes: a key is held until the caches contain what was last written for it. A decision
 * made on an older view would repeat, or undo, that write.
 */
export interface WriteBarrier {
  /** The key waits until `isSeen` is true. */
  wrote(key: string, isSeen: () => boolean): void;
  /**
   * Lets go of the keys whose writes are all seen, or which have waited too long, and says whether there were any.
   * Call when caches advance.
   */
  check(): boolean;
  /** When `check` has to be called at the latest, on the monotonic clock; undefined when nothing waits. */
  dueAt(): number | undefined;
  drop(isDropped: (key: string) => boolean): void;
}

/** How long is waited, and who is told. */
export interface WriteBarrierOptions {
  clock: Clock;
  /** A key is not held for longer than this: a watch that is broken is no reason to stand still for ever. Default 10 s. */
  timeoutMs?: number;
  onHold: (key: string) => void;
  /** `heldMs` since the first write that was waited for. */
  onRelease: (key: string, heldMs: number, timedOut: boolean) => void;
}

/** Makes a barrier; one for each controller. */
export function createWriteBarrier(options: WriteBarrierOptions): WriteBarrier {
  const { clock, timeoutMs = 10_000, onHold, onRelease } = options;
  const waits = new Map<string, { since: number; until: number; unseen: (() => boolean)[] }>();
  return {
    wrote(key, isSeen) {
      const now = clock.monotonic();
      const wait = waits.get(key);
      if (wait) {
        wait.until = now + timeoutMs;
        wait.unseen.push(isSeen);
        return;
      }
      waits.set(key, { since: now, until: now + timeoutMs, unseen: [isSeen] });
      onHold(key);
    },
    check() {
      if (waits.size === 0) return false;
      const before = waits.size;
      const now = clock.monotonic();
      for (const [key, wait] of waits) {
        wait.unseen = wait.unseen.filter((isSeen) => !isSeen());
        const timedOut = now >= wait.until;
        if (wait.unseen.length > 0 && !timedOut) continue;
        waits.delete(key);
        onRelease(key, now - wait.since, wait.unseen.length > 0);
      }
      return waits.size < before;
    },
    dueAt() {
      let earliest: number | undefined;
      for (const { until } of waits.values())
        if (earliest === undefined || until < earliest) earliest = until;
      return earliest;
    },
    drop(isDropped) {
      for (const key of waits.keys()) if (isDropped(key)) waits.delete(key);
    },
  };
}
