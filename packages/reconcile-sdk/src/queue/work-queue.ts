import { mergeCause, type Cause } from './cause.ts';
import { createFairOrder } from './fair-order.ts';
import { createHeap } from './heap.ts';

/** One key to work on, with everything that asked for it since it was last taken. */
export interface WorkItem {
  readonly key: string;
  readonly causes: readonly Cause[];
  /** When it was first asked for, on the caller's clock. */
  readonly since: number;
  /** The highest that any cause asked for. */
  readonly priority: number;
}

/** How urgent it is. */
export interface AddOptions {
  /** Between -1000 and 1000; default 0. See `priorities`. */
  priority?: number;
}

/**
 * A queue of keys without timers or I/O: callers bring the time, in milliseconds. The same key is never in it
 * twice and never handed out while it is being worked on; what is asked for meanwhile is handed out afterwards,
 * once.
 */
export interface WorkQueue {
  add(key: string, cause: Cause, now: number, options?: AddOptions): void;
  /** Ready at `now + ms`. An earlier time that is already set stays. */
  addAfter(key: string, ms: number, cause: Cause, now: number, options?: AddOptions): void;
  /** The next key to work on, by priority, age and fairness between groups. */
  take(now: number): WorkItem | undefined;
  /** Ends the work that `take` began. Asking for it again because of `echoes` alone is dropped. */
  done(key: string, isEcho?: (cause: Cause) => boolean): void;
  /** The key is not handed out while it has a holder; what asks for it meanwhile is kept. */
  hold(key: string, holder: string): void;
  release(key: string, holder: string): void;
  /** Forgets everything about the keys for which this is true, work under way aside. */
  drop(isDropped: (key: string) => boolean): void;
  /** Counts one more failure in a row and returns how many. */
  fail(key: string): number;
  /** The key went well: its failures are forgotten. */
  succeed(key: string): void;
  /** When the next delayed key falls due; undefined when none is set. */
  nextAt(): number | undefined;
  size(): QueueSize;
  /** Where one key stands, for `explain`. */
  stateOf(key: string): KeyState;
}

/** How many keys wait, and for what. */
export interface QueueSize {
  /** Held keys are ready too. */
  ready: number;
  held: number;
  delayed: number;
  working: number;
  /** Ready keys by priority. */
  byPriority: ReadonlyMap<number, number>;
}

/** Where one key stands. */
export interface KeyState {
  working: boolean;
  /** What asks for it now. */
  causes: readonly string[];
  readySince: number | undefined;
  /** When it is looked at next in any case. */
  dueAt: number | undefined;
  holders: readonly string[];
  failures: number;
}

/** How priority, age and fairness are weighed. */
export interface WorkQueueOptions {
  /** Groups that share the queue fairly; default: all that stands before the key's last slash, its namespace. */
  groupOf?: (key: string) => string;
  /** One level of priority is worth this many milliseconds of waiting. Default 100. */
  msPerPriority?: number;
  /** A group waits this much longer for each key it was served beyond its share. Default 50 ms. */
  msPerServed?: number;
}

/**
 * Priorities that the SDK itself uses, on controller-runtime's scale. With 100 ms a level, a key of the initial
 * list goes after keys that come up to 10 s later, and no longer.
 */
export const priorities = { initial: -100, resync: -100, normal: 0, urgent: 100 } as const;

const maxPriority = 1_000;

interface Pending {
  readonly causes: Map<string, Cause>;
  readonly since: number;
  priority: number;
}

/** Makes an empty queue. */
export function createWorkQueue(options: WorkQueueOptions = {}): WorkQueue {
  const order = createFairOrder({
    groupOf: options.groupOf ?? ((key) => key.slice(0, Math.max(0, key.lastIndexOf('/')))),
    msPerPriority: options.msPerPriority ?? 100,
    msPerServed: options.msPerServed ?? 50,
  });
  const ready = new Map<string, Pending>();
  const working = new Set<string>();
  const again = new Map<string, Pending>();
  const holders = new Map<string, Set<string>>();
  const failures = new Map<string, number>();
  const byPriority = new Map<number, number>();
  const delayed = new Map<string, { at: number; cause: Cause; priority: number }>();
  const due = createHeap<{ at: number; key: string }>((a, b) => a.at < b.at);

  function count(priority: number, change: 1 | -1): void {
    const next = (byPriority.get(priority) ?? 0) + change;
    if (next === 0) byPriority.delete(priority);
    else byPriority.set(priority, next);
  }

  function makeReady(key: string, pending: Pending): void {
    ready.set(key, pending);
    count(pending.priority, 1);
    if (!holders.has(key)) order.put(key, pending);
  }

  function add(key: string, cause: Cause, now: number, { priority = 0 }: AddOptions = {}): void {
    const level = Math.max(-maxPriority, Math.min(maxPriority, priority));
    const map = working.has(key) ? again : ready;
    const pending = map.get(key);
    if (!pending) {
      const fresh: Pending = { causes: new Map([[cause.text, cause]]), since: now, priority: level };
      if (map === again) again.set(key, fresh);
      else makeReady(key, fresh);
      return;
    }
    mergeCause(pending.causes, cause);
    if (level <= pending.priority) return;
    if (map === ready) count(pending.priority, -1);
    pending.priority = level;
    if (map === again) return;
    count(level, 1);
    if (!holders.has(key)) order.put(key, pending);
  }

  function promoteDue(now: number): void {
    for (let next = due.peek(); next && next.at <= now; next = due.peek()) {
      due.pop();
      const entry = delayed.get(next.key);
      // An earlier time was set since, or the key was looked at: this entry is stale.
      if (entry?.at !== next.at) continue;
      delayed.delete(next.key);
      add(next.key, entry.cause, entry.at, { priority: entry.priority });
    }
  }

  return {
    add,
    addAfter(key, ms, cause, now, { priority = 0 } = {}) {
      const at = now + ms;
      const set = delayed.get(key);
      if (set && set.at <= at) return;
      delayed.set(key, { at, cause, priority });
      due.push({ at, key });
    },
    take(now) {
      promoteDue(now);
      const key = order.take();
      const pending = key === undefined ? undefined : ready.get(key);
      if (key === undefined || !pending) return undefined;
      ready.delete(key);
      count(pending.priority, -1);
      // Looking now covers a look that was planned for later; the work itself plans the next one.
      delayed.delete(key);
      working.add(key);
      return { key, causes: [...pending.causes.values()], since: pending.since, priority: pending.priority };
    },
    done(key, isEcho = () => false) {
      working.delete(key);
      const pending = again.get(key);
      again.delete(key);
      if (pending && ![...pending.causes.values()].every(isEcho)) makeReady(key, pending);
    },
    hold(key, holder) {
      const set = holders.get(key);
      if (set) return void set.add(holder);
      holders.set(key, new Set([holder]));
      order.remove(key);
    },
    release(key, holder) {
      const set = holders.get(key);
      if (!set?.delete(holder) || set.size > 0) return;
      holders.delete(key);
      const pending = ready.get(key);
      if (pending) order.put(key, pending);
    },
    drop(isDropped) {
      for (const [key, pending] of ready) {
        if (!isDropped(key)) continue;
        ready.delete(key);
        order.remove(key);
        count(pending.priority, -1);
      }
      for (const map of [again, delayed, failures, holders]) {
        for (const key of map.keys()) if (isDropped(key)) map.delete(key);
      }
    },
    fail(key) {
      const failed = (failures.get(key) ?? 0) + 1;
      failures.set(key, failed);
      return failed;
    },
    succeed: (key) => void failures.delete(key),
    nextAt() {
      for (let next = due.peek(); next; next = due.peek()) {
        if (delayed.get(next.key)?.at === next.at) return next.at;
        due.pop();
      }
      return undefined;
    },
    size: () => ({
      ready: ready.size,
      held: holders.size,
      delayed: delayed.size,
      working: working.size,
      byPriority,
    }),
    stateOf(key) {
      const pending = ready.get(key) ?? again.get(key);
      return {
        working: working.has(key),
        causes: pending ? [...pending.causes.keys()] : [],
        readySince: pending?.since,
        dueAt: delayed.get(key)?.at,
        holders: [...(holders.get(key) ?? [])],
        failures: failures.get(key) ?? 0,
      };
    },
  };
}
