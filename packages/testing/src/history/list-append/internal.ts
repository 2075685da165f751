import { type Anomaly } from './anomaly.ts';
import { rulesOut } from './levels.ts';
import { listText, transactionText, type Transaction } from './transaction.ts';

/**
 * Whether each transaction agrees with itself: it reads what it read before, then its own appends, and nothing that
 * it has yet to append.
 */
export function findInternal(transactions: readonly Transaction[]): Anomaly[] {
  return transactions.flatMap((transaction) => {
    const story = contradiction(transaction);
    if (story === undefined) return [];
    const text = `internal: ${story}\n  ${transactionText(transaction)}`;
    return [
      { name: 'internal', rulesOut: rulesOut('internal'), transactions: [transaction.id], story: text },
    ];
  });
}

function contradiction(transaction: Transaction): string | undefined {
  /** The whole list, once it has been read; before that, the own appends alone. */
  const known = new Map<string, { list: number[]; isWhole: boolean }>();
  const toCome = new Set(
    transaction.asked.map((step) => (step[0] === 'append' ? elementId(step[1], step[2]) : '')),
  );
  for (const step of transaction.answered ?? []) {
    const key = step[1];
    const expected = known.get(key) ?? { list: [], isWhole: false };
    if (step[0] === 'append') {
      toCome.delete(elementId(key, step[2]));
      known.set(key, { ...expected, list: [...expected.list, step[2]] });
      continue;
    }
    const list = step[2] ?? [];
    const future = list.find((element) => toCome.has(elementId(key, element)));
    if (future !== undefined) {
      return `T${transaction.id} read ${future} in ${key} before it had appended that itself`;
    }
    const end = expected.isWhole ? list : list.slice(Math.max(0, list.length - expected.list.length));
    if (
      end.length !== expected.list.length ||
      end.some((element, index) => element !== expected.list[index])
    ) {
      return `T${transaction.id} read ${key} as ${listText(list)} where it had itself seen or made ${listText(expected.list)}`;
    }
    known.set(key, { list: [...list], isWhole: true });
  }
  return undefined;
}

function elementId(key: string, element: number): string {
  return `${element} ${key}`;
}
