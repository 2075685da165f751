/** What a sequential object does; states are compared by `key`. */
export interface Model<S, O> {
  initial: S;
  /** The state after the operation, or undefined when its answer is impossible in this state. */
  step(state: S, operation: O): { state: S } | undefined;
  key(state: S): string | number;
  /** Whether it leaves every state as it was. A write of what stands there anyway does not count: it may matter later. */
  isRead(operation: O): boolean;
}

/** One operation with the interval in which it took effect. */
export interface Interval<O> {
  operation: O;
  start: number;
  /** Infinity for an operation in doubt. */
  end: number;
  /** It may as well never have happened. */
  isOptional: boolean;
}

export interface LinearizabilityVerdict {
  /** `unknown`: the budget was spent before an answer was found. */
  verdict: 'linearizable' | 'impossible' | 'unknown';
  /** Steps tried. */
  steps: number;
  /** Indexes of the longest order found; the whole one when linearizable. */
  order: readonly number[];
}

interface Entry {
  index: number;
  isCall: boolean;
  previous?: Entry | undefined;
  next?: Entry | undefined;
  /** Of a call: its answer; none for what is in doubt. */
  answer?: Entry | undefined;
}

/** A point of the search: what was placed to come here, and what may come next. */
interface Frame<S> {
  state: S;
  placed: readonly Entry[];
  candidates: readonly Entry[];
  tried: number;
}

/**
 * Searches for an order of the operations, each within its interval, that the model allows (Wing and Gong, with
 * Lowe's memory of what has been tried: the same operations done with the same state lead nowhere twice). A read that
 * may happen now and fits the present state is placed at once: no order can need it later.
 * Exponential at worst, hence the budget, in steps tried.
 */
export function checkLinearizable<S, O>(
  model: Model<S, O>,
  intervals: readonly Interval<O>[],
  budget: number,
): LinearizabilityVerdict {
  const head: Entry = { index: -1, isCall: false };
  linkEntries(head, intervals);
  const memory = createMemory(intervals.length);
  let required = intervals.filter(({ isOptional }) => !isOptional).length;
  let steps = 0;
  let best: number[] = [];

  const place = (entry: Entry): void => {
    lift(entry);
    memory.flip(entry.index);
    if (!intervals[entry.index]!.isOptional) required--;
  };
  const takeBack = (placed: readonly Entry[]): void => {
    for (const entry of placed.toReversed()) {
      unlift(entry);
      memory.flip(entry.index);
      if (!intervals[entry.index]!.isOptional) required++;
    }
  };
  const after = (state: S, entry: Entry): { state: S } | undefined => {
    steps++;
    return model.step(state, intervals[entry.index]!.operation);
  };
  /** Places all reads of this state; each may open the way to more. */
  const placeReads = (state: S): Entry[] => {
    const placed: Entry[] = [];
    let entry = head.next;
    while (entry?.isCall) {
      const isFit = model.isRead(intervals[entry.index]!.operation) && after(state, entry) !== undefined;
      if (isFit) {
        place(entry);
        placed.push(entry);
      }
      // Its own link forward may lead to its answer, which is gone as well.
      entry = (isFit ? entry.previous! : entry).next;
    }
    return placed;
  };
  /** What may come next: whose time runs out first, and what is in doubt last. */
  const candidates = (): Entry[] => {
    const found: Entry[] = [];
    for (let entry = head.next; entry?.isCall; entry = entry.next) found.push(entry);
    const end = ({ index }: Entry): number => intervals[index]!.end;
    return found.sort((a, b) => (end(a) === end(b) ? a.index - b.index : end(a) - end(b)));
  };
  const frameAt = (state: S, placed: Entry[]): Frame<S> => {
    placed.push(...placeReads(state));
    return { state, placed, candidates: candidates(), tried: 0 };
  };

  const stack = [frameAt(model.initial, [])];
  const order = (): number[] => stack.flatMap(({ placed }) => placed.map(({ index }) => index));
  while (required > 0) {
    const frame = stack.at(-1);
    if (!frame) return { verdict: 'impossible', steps, order: best };
    if (steps > budget) return { verdict: 'unknown', steps, order: best };
    const entry = frame.candidates[frame.tried++];
    if (!entry) {
      const here = order();
      if (here.length > best.length) best = here;
      takeBack(stack.pop()!.placed);
      continue;
    }
    const result = after(frame.state, entry);
    if (!result) continue;
    place(entry);
    const next = frameAt(result.state, [entry]);
    if (memory.isNew(model.key(next.state))) stack.push(next);
    else takeBack(next.placed);
  }
  return { verdict: 'linearizable', steps, order: order() };
}

function linkEntries<O>(head: Entry, intervals: readonly Interval<O>[]): void {
  const entries = intervals.flatMap(({ start, end }, index) => {
    const answer: Entry = { index, isCall: false };
    const isAnswered = end !== Infinity;
    const call = { at: start, entry: { index, isCall: true, ...(isAnswered ? { answer } : {}) } as Entry };
    return isAnswered ? [call, { at: end, entry: answer }] : [call];
  });
  // At the same time calls come first: what touches counts as concurrent.
  entries.sort((a, b) => a.at - b.at || Number(b.entry.isCall) - Number(a.entry.isCall));
  let last = head;
  for (const { entry } of entries) {
    last.next = entry;
    entry.previous = last;
    last = entry;
  }
}

function lift(call: Entry): void {
  for (const entry of [call, call.answer]) {
    if (!entry) continue;
    entry.previous!.next = entry.next;
    if (entry.next) entry.next.previous = entry.previous;
  }
}

function unlift(call: Entry): void {
  for (const entry of [call.answer, call]) {
    if (!entry) continue;
    entry.previous!.next = entry;
    if (entry.next) entry.next.previous = entry;
  }
}

/** Remembers pairs of (set of operations done, state); the set is the current one. */
function createMemory(size: number): {
  /** Puts the operation into the set, or takes it out. */
  flip(index: number): void;
  /** Whether the set has not been seen with this state before; remembers it. */
  isNew(state: string | number): boolean;
} {
  const words = new Uint16Array(Math.ceil(size / 16));
  const seen = new Set<string>();
  return {
    flip: (index) => void (words[index >> 4]! ^= 1 << (index & 15)),
    isNew(state) {
      const pair = `${String.fromCharCode(...words)}${state}`;
      return !seen.has(pair) && Boolean(seen.add(pair));
    },
  };
}
