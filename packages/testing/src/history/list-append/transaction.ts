import { type HistoryEvent } from '../event.ts';
import { type Operation } from '../operation.ts';

/**
 * A step of a transaction on keyed lists. Appended integers are unique per key over the whole history; a read
 * carries null when asked and the whole list when answered.
 */
export type MicroOp =
  | readonly ['append', key: string, element: number]
  | readonly ['r', key: string, list: readonly number[] | null];

export type ListAppendEvent = HistoryEvent<'txn', readonly MicroOp[]>;
export type Transaction = Operation<'txn', readonly MicroOp[]>;

/** Long lists are cut to their end, which is what tells versions apart. */
export function listText(list: readonly number[]): string {
  return list.length > 6 ? `[… ${list.slice(-5).join(' ')}] (${list.length})` : `[${list.join(' ')}]`;
}

/** "T12 (process 3, 10 ms to 12 ms, ok): read x [1 2], append y 7" */
export function transactionText(transaction: Transaction): string {
  const { id, process, start, end, outcome } = transaction;
  const steps = (transaction.answered ?? transaction.asked).map((step) =>
    step[0] === 'append'
      ? `append ${step[2]} to ${step[1]}`
      : `read ${step[1]}${step[2] === null ? '' : ` as ${listText(step[2])}`}`,
  );
  const until = end === Infinity ? 'never answered' : `${timeText(end)}, ${outcome}`;
  return `T${id} (process ${process}, ${timeText(start)} to ${until}): ${steps.join(', ')}`;
}

export function timeText(ms: number): string {
  return `${Math.round(ms * 1000) / 1000} ms`;
}
