import { type Cycle } from './cycles.ts';
import { edgeKinds, type Dependencies } from './dependencies.ts';
import { rulesOut } from './levels.ts';
import { timeText, transactionText, type Transaction } from './transaction.ts';

/** A cycle told for people: who took part, and why each comes before the next. */
export function cycleStory({ name, edges }: Cycle, transactions: readonly Transaction[]): string {
  const members = edges.from.map((id) => transactions[id]!);
  return [
    `${name}: ${members.length} transactions that no order explains; rules out ${rulesOut(name).join(', ')}`,
    ...members.map((member) => `  ${transactionText(member)}`),
    ...edges.from.map((_, edge) => `  - ${reason(edge, edges, transactions)}`),
    `  So T${members[0]!.id} would have to come before itself.`,
  ].join('\n');
}

function reason(edge: number, edges: Dependencies, transactions: readonly Transaction[]): string {
  const [before, after] = [transactions[edges.from[edge]!]!, transactions[edges.to[edge]!]!];
  const key = edges.key[edge];
  const [left, right] = [edges.before[edge], edges.after[edge]];
  const first = `T${before.id} comes before T${after.id}:`;
  switch (edges.kind[edge]) {
    case edgeKinds.ww:
      return `${first} in ${key}, ${left} of T${before.id} stands before ${right} of T${after.id} (ww)`;
    case edgeKinds.wr:
      return `${first} T${after.id} read ${left} in ${key}, which T${before.id} appended (wr)`;
    case edgeKinds.rw:
      return `${first} T${before.id} read ${key} ${left === undefined ? 'empty' : `up to ${left}`} and missed ${right}, which T${after.id} appended (rw)`;
    default:
      return `${first} it was acknowledged at ${timeText(before.end)}, and T${after.id} began at ${timeText(after.start)} (real time)`;
  }
}
