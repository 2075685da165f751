import { sleepWith, type Clock, type Random } from './clock.ts';

/** A clock that a test moves. */
export interface ManualClock extends Clock {
  /** Moves time on, firing what falls due in order; lets pending promises run after each timer. */
  advance(ms: number): Promise<void>;
  /** Timers that are set and have not fired. */
  pending(): number;
  /** When the next timer falls due, on the monotonic clock. */
  nextAt(): number | undefined;
  /** Sets the wall clock forward or back, as a time service does; what measures spans does not feel it. */
  step(ms: number): void;
}

/** Time that stands still until a test moves it. */
export function createManualClock(startWall = Date.UTC(2030, 0, 1)): ManualClock {
  let elapsed = 0;
  let wall = startWall;
  const timers = createTimerHeap();
  const setTimer: Clock['setTimer'] = (ms, fn) => timers.add(elapsed + Math.max(0, ms), fn);
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => wall + elapsed,
    monotonic: () => elapsed,
    setTimer,
    sleep: sleepWith(setTimer),
    pending: () => timers.size(),
    nextAt: () => timers.first()?.at,
    step: (ms) => void (wall += ms),
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      for (let due = timers.first(); due && due.at <= end; due = timers.first()) {
        timers.takeFirst();
        elapsed = Math.max(elapsed, due.at);
        due.fn();
        await settle();
      }
      elapsed = end;
    },
  };
}

interface SetTimer {
  readonly at: number;
  /** Those that fall due together fire in the order in which they were set. */
  readonly order: number;
  readonly fn: () => void;
  isCancelled: boolean;
}

/** A binary heap: months of virtual time set millions of timers. Cancelled ones stay until they come up. */
function createTimerHeap() {
  const heap: SetTimer[] = [];
  let order = 0;
  let live = 0;
  const isBefore = (a: SetTimer, b: SetTimer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
  function up(index: number): void {
    const item = heap[index]!;
    for (let parent; index > 0; index = parent) {
      parent = (index - 1) >> 1;
      if (!isBefore(item, heap[parent]!)) break;
      heap[index] = heap[parent]!;
    }
    heap[index] = item;
  }
  function down(): void {
    const item = heap[0]!;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, item)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = item;
  }
  function removeFirst(): void {
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    down();
  }
  return {
    size: () => live,
    add(at: number, fn: () => void) {
      const timer: SetTimer = { at, order: order++, fn, isCancelled: false };
      heap.push(timer);
      live++;
      up(heap.length - 1);
      return {
        cancel() {
          if (!timer.isCancelled) live--;
          timer.isCancelled = true;
        },
      };
    },
    first(): SetTimer | undefined {
      while (heap[0]?.isCancelled) removeFirst();
      return heap[0];
    },
    takeFirst(): void {
      const first = heap[0]!;
      // A timer that has fired cannot be cancelled any more.
      first.isCancelled = true;
      live--;
      removeFirst();
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
