/** Seeded randomness and a virtual clock: a seed replays a run exactly. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

export function seededRandom(seed: number): Random {
  let state = (seed * 2654435761 + 1) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)]!,
  };
}

export interface Schedule {
  now(): number;
  at(delay: number, run: () => void): void;
  runUntil(time: number): void;
}

/** A binary heap of events by time, then by order of entry. */
export function createSchedule(): Schedule {
  const heap: { time: number; order: number; run: () => void }[] = [];
  let time = 0;
  let order = 0;
  const before = (a: number, b: number) => heap[a]!.time - heap[b]!.time || heap[a]!.order - heap[b]!.order;
  const swap = (a: number, b: number) => {
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  };
  const pop = () => {
    swap(0, heap.length - 1);
    const event = heap.pop()!;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const child = left + 1 < heap.length && before(left + 1, left) < 0 ? left + 1 : left;
      if (before(at, child) <= 0) break;
      swap(at, child);
      at = child;
    }
    return event;
  };
  return {
    now: () => time,
    at(delay, run) {
      heap.push({ time: time + Math.max(0, delay), order: order++, run });
      for (let at = heap.length - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        if (before(at, parent) >= 0) break;
        swap(at, parent);
        at = parent;
      }
    },
    runUntil(end) {
      while (heap.length > 0 && heap[0]!.time <= end) {
        const event = pop();
        time = event.time;
        event.run();
      }
      time = end;
    },
  };
}
