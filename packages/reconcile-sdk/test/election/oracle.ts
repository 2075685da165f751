/** A write that took effect, in the order in which the server did them. */
export interface Write {
  writer: string;
  /** Number of the term in which it was written. */
  epoch: number;
  /** When it was seen, in milliseconds. */
  at: number;
}

export interface Violation {
  /** The write of an old term. */
  late: Write;
  /** The first write of a newer one, which came before. */
  after: Write;
}

/** No write of an older term after the first of a newer one. */
export function lateWrites(writes: readonly Write[]): Violation[] {
  let newest: Write | undefined;
  const late: Violation[] = [];
  for (const write of writes) {
    if (!newest || write.epoch > newest.epoch) newest = write;
    else if (write.epoch < newest.epoch) late.push({ late: write, after: newest });
  }
  return late;
}

/** From the last write of each term to the first of the next one. */
export function handOvers(writes: readonly Write[]): { from: Write; to: Write; gapMs: number }[] {
  const last = new Map<number, Write>();
  const first = new Map<number, Write>();
  for (const write of writes) {
    last.set(write.epoch, write);
    if (!first.has(write.epoch)) first.set(write.epoch, write);
  }
  const epochs = [...first.keys()].sort((a, b) => a - b);
  return epochs.slice(1).map((epoch, index) => {
    const from = last.get(epochs[index]!)!;
    const to = first.get(epoch)!;
    return { from, to, gapMs: to.at - from.at };
  });
}
