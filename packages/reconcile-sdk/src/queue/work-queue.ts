/** One key to work on, with everything that asked for it since it was last taken. */
export interface WorkItem {
  readonly key: string;
  readonly reasons: readonly string[];
  /** When it was first asked for, on the caller's clock. */
  readonly since: number;
}

/**
 * A queue of keys without timers or I/O: callers bring the time. The same key is never in it twice and never
 * handed out while it is being worked on; what is asked for meanwhile is handed out afterwards, once.
 */
export interface WorkQueue {
  add(key: string, reason: string, now: number): void;
  /** Ready at `now + ms`. An earlier time that is already set stays. */
  addAfter(key: string, ms: number, reason: string, now: number): void;
  /** The key that has waited longest among those that `isEligible` allows. */
  take(now: number, isEligible?: (key: string) => boolean): WorkItem | undefined;
  /** Ends the work that `take` began. */
  done(key: string): void;
  /** Counts one more failure in a row and returns how many. */
  fail(key: string): number;
  /** The key went well: its failures are forgotten. */
  succeed(key: string): void;
  /** When the next delayed key falls due; undefined when none is set. */
  nextAt(): number | undefined;
  size(): { ready: number; delayed: number; working: number };
}

interface Pending {
  reasons: Set<string>;
  since: number;
}

/** Reasons kept per key: enough for a person, and bounded. */
const maxReasons = 10;

export function createWorkQueue(): WorkQueue {
  // Insertion order of a Map is the order of waiting.
  const ready = new Map<string, Pending>();
  const delayed = new Map<string, { at: number; reason: string }>();
  const working = new Set<string>();
  const again = new Map<string, Pending>();
  const failures = new Map<string, number>();

  function note(map: Map<string, Pending>, key: string, reason: string, now: number): void {
    const pending = map.get(key);
    if (!pending) map.set(key, { reasons: new Set([reason]), since: now });
    else if (pending.reasons.size < maxReasons) pending.reasons.add(reason);
  }
  const add = (key: string, reason: string, now: number): void =>
    note(working.has(key) ? again : ready, key, reason, now);

  function promoteDue(now: number): void {
    const due = [...delayed].filter(([, entry]) => entry.at <= now).sort((a, b) => a[1].at - b[1].at);
    for (const [key, entry] of due) {
      delayed.delete(key);
      add(key, entry.reason, entry.at);
    }
  }

  return {
    add,
    addAfter(key, ms, reason, now) {
      const at = now + ms;
      const set = delayed.get(key);
      if (!set || at < set.at) delayed.set(key, { at, reason });
    },
    take(now, isEligible = () => true) {
      promoteDue(now);
      for (const [key, pending] of ready) {
        if (!isEligible(key)) continue;
        ready.delete(key);
        // Looking now covers a look that was planned for later; the work itself plans the next one.
        delayed.delete(key);
        working.add(key);
        return { key, reasons: [...pending.reasons], since: pending.since };
      }
      return undefined;
    },
    done(key) {
      working.delete(key);
      const pending = again.get(key);
      again.delete(key);
      if (pending) ready.set(key, pending);
    },
    fail(key) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      return count;
    },
    succeed: (key) => void failures.delete(key),
    nextAt() {
      let earliest: number | undefined;
      for (const { at } of delayed.values()) if (earliest === undefined || at < earliest) earliest = at;
      return earliest;
    },
    size: () => ({ ready: ready.size, delayed: delayed.size, working: working.size }),
  };
}
