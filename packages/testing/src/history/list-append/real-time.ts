import { addEdge, edgeKinds, type Dependencies } from './dependencies.ts';
import { type Transaction } from './transaction.ts';

/**
 * Adds "ended before the other began", without edges that follow from others: a transaction is tied only to those
 * that ended before it and after which no other such transaction began. Edges per transaction are bounded by the
 * number of clients.
 *
 * @param slackMs how far the clocks that stamped the history may be apart; answers count as that much later
 */
export function addRealTime(
  edges: Dependencies,
  transactions: readonly Transaction[],
  slackMs: number,
): void {
  const happened = transactions.filter(({ outcome }) => outcome !== 'fail');
  const starts = happened.toSorted((a, b) => a.start - b.start);
  const ends = happened.filter(({ outcome }) => outcome === 'ok').toSorted((a, b) => a.end - b.end);
  const ended = new Set<number>();
  const tiedTo = new Map<number, readonly number[]>();
  let next = 0;
  for (const transaction of starts) {
    for (; next < ends.length && ends[next]!.end + slackMs < transaction.start; next++) {
      const { id } = ends[next]!;
      for (const earlier of tiedTo.get(id) ?? []) ended.delete(earlier);
      tiedTo.delete(id);
      ended.add(id);
    }
    const earlier = [...ended];
    if (transaction.outcome === 'ok') tiedTo.set(transaction.id, earlier);
    for (const id of earlier) addEdge(edges, id, transaction.id, edgeKinds.realTime);
  }
}
