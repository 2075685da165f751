/** From the API server's answer to a change until its effect is seen, for many objects at once. */
export type Latencies = {
  /** A change leaves now: `sequence` grows from change to change of one object. */
  readonly sent: (name: string, sequence: number) => void;
  /** The API server has taken it. */
  readonly answered: (name: string, sequence: number, at: number) => void;
  /** It was refused, or no answer came. */
  readonly failed: (name: string, sequence: number) => void;
  /** The object's child holds this value, and so no earlier one: a later value answers for those before it. */
  readonly seen: (name: string, sequence: number, at: number) => void;
  /** Changes whose effect was not seen yet. */
  readonly missing: () => number;
  /** In milliseconds, of those that were seen. Below zero: the effect overtook the answer. */
  readonly values: () => readonly number[];
};

type Change = { answeredAt?: number; seenAt?: number };

export function createLatencies(): Latencies {
  const open = new Map<string, Map<number, Change>>();
  const values: number[] = [];

  function settle(name: string, sequence: number, change: Change): void {
    if (change.answeredAt === undefined || change.seenAt === undefined) return;
    values.push(change.seenAt - change.answeredAt);
    open.get(name)?.delete(sequence);
  }

  return {
    sent(name, sequence) {
      const changes = open.get(name) ?? new Map<number, Change>();
      open.set(name, changes.set(sequence, {}));
    },
    answered(name, sequence, at) {
      const change = open.get(name)?.get(sequence);
      if (!change) return;
      change.answeredAt = at;
      settle(name, sequence, change);
    },
    failed: (name, sequence) => void open.get(name)?.delete(sequence),
    seen(name, sequence, at) {
      for (const [earlier, change] of open.get(name) ?? []) {
        if (earlier > sequence || change.seenAt !== undefined) continue;
        change.seenAt = at;
        settle(name, earlier, change);
      }
    },
    missing: () =>
      [...open.values()].reduce(
        (sum, changes) => sum + [...changes.values()].filter(({ seenAt }) => seenAt === undefined).length,
        0,
      ),
    values: () => values,
  };
}
