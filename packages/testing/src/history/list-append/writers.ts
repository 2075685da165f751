import { type Transaction } from './transaction.ts';

/** Who appended an element, and what else the same transaction appended to that key. */
export interface Writer {
  transaction: Transaction;
  /** The element that it had appended just before. */
  previous: number | undefined;
  /** Whether it appended more after that. */
  isIntermediate: boolean;
}

/** Writers of all elements, by key and element. */
export type Writers = ReadonlyMap<string, ReadonlyMap<number, Writer>>;

/** Throws when an element is appended twice by the load itself: nothing could be inferred from such a history. */
export function indexWriters(transactions: readonly Transaction[]): Writers {
  const writers = new Map<string, Map<number, Writer>>();
  for (const transaction of transactions) {
    const last = new Map<string, { element: number; writer: Writer }>();
    for (const step of transaction.asked) {
      if (step[0] !== 'append') continue;
      const [, key, element] = step;
      const ofKey = writers.get(key) ?? new Map<number, Writer>();
      writers.set(key, ofKey);
      if (ofKey.has(element)) {
        throw new Error(`${element} was appended to ${key} by two steps: elements must be unique`);
      }
      const before = last.get(key);
      if (before) before.writer.isIntermediate = true;
      const writer = { transaction, previous: before?.element, isIntermediate: false };
      last.set(key, { element, writer });
      ofKey.set(element, writer);
    }
  }
  return writers;
}
