import { type Transaction } from './transaction.ts';

/** One answered read of one key. */
export interface Read {
  transaction: Transaction;
  list: readonly number[];
}

/** All answered reads, by key. What an unanswered transaction read, nobody knows. */
export function readsByKey(transactions: readonly Transaction[]): ReadonlyMap<string, readonly Read[]> {
  const reads = new Map<string, Read[]>();
  for (const transaction of transactions) {
    for (const step of transaction.answered ?? []) {
      if (step[0] !== 'r' || step[2] === null) continue;
      const read = { transaction, list: step[2] };
      const ofKey = reads.get(step[1]);
      if (ofKey) ofKey.push(read);
      else reads.set(step[1], [read]);
    }
  }
  return reads;
}

/** The read of a key that began last: what it shows is what has lasted. */
export function lastRead(reads: readonly Read[]): Read | undefined {
  let last: Read | undefined;
  for (const read of reads) if (!last || read.transaction.start > last.transaction.start) last = read;
  return last;
}

/**
 * The version order of a key: the longest list that continues what lasted. Every other read should be a beginning
 * of it.
 */
export function versionOrder(reads: readonly Read[]): Read | undefined {
  const last = lastRead(reads);
  let longest = last;
  for (const read of reads) {
    if (read.list.length > longest!.list.length && isPrefix(last!.list, read.list)) longest = read;
  }
  return longest;
}

export function isPrefix(list: readonly number[], order: readonly number[]): boolean {
  for (let index = 0; index < list.length; index++) if (list[index] !== order[index]) return false;
  return list.length <= order.length;
}
