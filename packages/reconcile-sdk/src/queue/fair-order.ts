import { createHeap, type Heap } from './heap.ts';

export interface FairOrderOptions {
  groupOf: (key: string) => string;
  msPerPriority: number;
  msPerServed: number;
}

/** What the order needs to know of a key that waits. */
export interface Waiting {
  /** Since when, in milliseconds on any steady clock. */
  readonly since: number;
  readonly priority: number;
}

/** Which of the waiting keys is next. */
export interface FairOrder {
  /** Adds a key, or moves it when its priority rose. */
  put(key: string, waiting: Waiting): void;
  remove(key: string): void;
  take(): string | undefined;
}

interface Entry {
  readonly key: string;
  readonly rank: number;
  readonly sequence: number;
}

interface Group {
  readonly heap: Heap<Entry>;
  /** Keys served, on the scale on which the least served group that waits stands lowest. */
  served: number;
  waiting: number;
}

/**
 * Priority with ageing, and fairness between groups, without a timer.
 *
 * Everything that waits ages at the same rate, so the order of two keys never changes while they wait: a level of
 * priority is a head start of `msPerPriority`, and within a group the smallest `since - priority * msPerPriority`
 * is next. Between groups that rank is raised by `msPerServed` for each key that a group was served beyond the
 * least served one, so a flood in one namespace costs the others one key of waiting, not the whole flood.
 *
 * Bound: the rank of what waits stands still or falls, the rank of what arrives grows with time; so a key waits at
 * most for those that arrive within its head start behind them, (their priority - its own) * msPerPriority, and
 * for its group's share.
 */
export function createFairOrder({ groupOf, msPerPriority, msPerServed }: FairOrderOptions): FairOrder {
  const groups = new Map<string, Group>();
  const current = new Map<string, Entry>();
  let sequence = 0;

  /** The entry that is next in a group; those that were moved or removed are thrown away on the way. */
  function head(group: Group): Entry | undefined {
    for (let entry = group.heap.peek(); entry; entry = group.heap.peek()) {
      if (current.get(entry.key) === entry) return entry;
      group.heap.pop();
    }
    return undefined;
  }

  function floor(): number {
    let least = Infinity;
    for (const group of groups.values()) if (group.waiting > 0) least = Math.min(least, group.served);
    return least;
  }

  function leave(key: string, group: Group): void {
    current.delete(key);
    group.waiting--;
    // What a group was served beyond the others is remembered only as long as others wait that could mind.
    if (group.waiting > 0) return;
    const least = floor();
    for (const [name, each] of groups) {
      if (each.waiting === 0 && (least === Infinity || each.served <= least)) groups.delete(name);
    }
  }

  return {
    put(key, { since, priority }) {
      const name = groupOf(key);
      let group = groups.get(name);
      if (!group) {
        const least = floor();
        group = {
          heap: createHeap((a, b) => a.rank < b.rank || (a.rank === b.rank && a.sequence < b.sequence)),
          served: least === Infinity ? 0 : least,
          waiting: 0,
        };
        groups.set(name, group);
      }
      if (!current.has(key)) {
        // Having been idle is no credit.
        if (group.waiting === 0) {
          const least = floor();
          if (least !== Infinity) group.served = Math.max(group.served, least);
        }
        group.waiting++;
      }
      const entry = { key, rank: since - priority * msPerPriority, sequence: sequence++ };
      current.set(key, entry);
      group.heap.push(entry);
    },
    remove(key) {
      const group = groups.get(groupOf(key));
      if (group && current.has(key)) leave(key, group);
    },
    take() {
      const least = floor();
      let best: { entry: Entry; group: Group; score: number } | undefined;
      for (const group of groups.values()) {
        const entry = head(group);
        if (!entry) continue;
        const score = entry.rank + (group.served - least) * msPerServed;
        const isBetter =
          !best || score < best.score || (score === best.score && entry.sequence < best.entry.sequence);
        if (isBetter) best = { entry, group, score };
      }
      if (!best) return undefined;
      best.group.served++;
      leave(best.entry.key, best.group);
      return best.entry.key;
    },
  };
}
