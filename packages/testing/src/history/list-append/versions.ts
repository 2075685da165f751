import { isPrefix, lastRead, versionOrder, type Read } from './reads.ts';
import { type Transaction } from './transaction.ts';
import { type Writer, type Writers } from './writers.ts';

/** One element in the order in which a key got them. */
export interface Version {
  element: number;
  writer: Transaction;
}

/** What is known about one key. */
export interface Versions {
  /** Without elements that stand there a second time, that nobody wrote or that were aborted: told elsewhere. */
  versions: readonly Version[];
  /**
   * Certainly done and not in the order: they can only come after all of it, who knows in which order. Without those
   * that are lost: that is told elsewhere, and says all that cycles through them could say.
   */
  unseen: readonly Version[];
  /** Reads that agree with the order, and how many of its versions each shows. */
  reads: readonly { read: Read; usable: number }[];
}

/** Infers the version orders of all keys. */
export function versionsByKey(
  writers: Writers,
  reads: ReadonlyMap<string, readonly Read[]>,
  slackMs: number,
): ReadonlyMap<string, Versions> {
  const orders = new Map([...reads].map(([key, ofKey]) => [key, versionOrder(ofKey)?.list ?? []]));
  // In doubt until one of its appends was seen: then all of it was done.
  const seen = new Set<Transaction>();
  for (const [key, order] of orders) {
    for (const element of order) {
      const writer = writers.get(key)?.get(element)?.transaction;
      if (writer) seen.add(writer);
    }
  }
  const isDone = (one: Transaction, lastReadAt: number): boolean =>
    one.outcome === 'ok' ? one.end + slackMs >= lastReadAt : one.outcome === 'unknown' && seen.has(one);
  return new Map(
    [...reads].map(([key, ofKey]) => {
      const own = writers.get(key) ?? new Map<number, Writer>();
      return [key, versionsOf(orders.get(key)!, own, ofKey, isDone)];
    }),
  );
}

function versionsOf(
  order: readonly number[],
  writers: ReadonlyMap<number, Writer>,
  reads: readonly Read[],
  isDone: (transaction: Transaction, lastReadAt: number) => boolean,
): Versions {
  const seen = new Set<number>();
  const versions: Version[] = [];
  /** How many versions the first n elements hold. */
  const usable = [0];
  for (const element of order) {
    const writer = writers.get(element)?.transaction;
    if (writer && writer.outcome !== 'fail' && !seen.has(element)) versions.push({ element, writer });
    seen.add(element);
    usable.push(versions.length);
  }
  const lastReadAt = lastRead(reads)!.transaction.start;
  const unseen = [...writers]
    .filter(([element, { transaction }]) => !seen.has(element) && isDone(transaction, lastReadAt))
    .map(([element, { transaction }]) => ({ element, writer: transaction }));
  const agreeing = reads
    .filter(({ list }) => isPrefix(list, order))
    .map((read) => ({ read, usable: usable[read.list.length]! }));
  return { versions, unseen, reads: agreeing };
}
