import { type Graph } from '../graph.ts';
import { edgeKinds } from './dependencies.ts';

/** How many rw edges a cycle may have: exactly one, several but no two in a row, or any number. */
export type AntiDependencies = 'one' | 'apart' | 'any';

/**
 * The shortest cycle within a strongly connected component, as slots of the graph's edges; undefined when there is
 * none of that kind. Breadth-first from each edge that may begin one, until the budget of visited edges is spent
 * and something has been found.
 */
export function shortestCycle(
  graph: Graph,
  component: readonly number[],
  mask: number,
  antiDependencies: AntiDependencies,
  budget: number,
): number[] | undefined {
  const members = new Set(component);
  let shortest: number[] | undefined;
  let left = budget;
  for (const node of component) {
    for (let slot = graph.first[node]!; slot < graph.first[node + 1]!; slot++) {
      const kind = graph.kind[slot]!;
      if ((kind & mask) === 0 || !members.has(graph.target[slot]!)) continue;
      if (antiDependencies !== 'any' && kind !== edgeKinds.rw) continue;
      const rest = wayBack(graph, members, slot, node, mask, antiDependencies, shortest?.length ?? Infinity);
      left -= rest.visited;
      if (rest.slots) shortest = [slot, ...rest.slots];
      if (shortest?.length === 2 || left < 0) return shortest;
    }
  }
  return shortest;
}

/** Breadth-first from the end of an edge to its beginning, for a cycle shorter than `limit`. */
function wayBack(
  { first, target, kind }: Graph,
  members: ReadonlySet<number>,
  begin: number,
  goal: number,
  mask: number,
  antiDependencies: AntiDependencies,
  limit: number,
): { slots?: number[]; visited: number } {
  const isApart = antiDependencies === 'apart';
  const inner = antiDependencies === 'one' ? mask & ~edgeKinds.rw : mask;
  // With 'apart' it matters how a node was reached: state = 2 * node + (1 when by an rw edge).
  const stateOf = (slot: number): number =>
    isApart ? target[slot]! * 2 + Number(kind[slot] === edgeKinds.rw) : target[slot]! * 2;
  const reachedBy = new Map<number, { slot: number; from: number; depth: number }>();
  const start = stateOf(begin);
  reachedBy.set(start, { slot: begin, from: -1, depth: 1 });
  const queue = [start];
  let visited = 0;
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head]!;
    const { depth } = reachedBy.get(state)!;
    if (depth + 1 >= limit) break;
    const node = state >> 1;
    for (let slot = first[node]!; slot < first[node + 1]!; slot++) {
      visited++;
      const other = target[slot]!;
      const isOverwrite = kind[slot] === edgeKinds.rw;
      if ((kind[slot]! & inner) === 0 || !members.has(other)) continue;
      if (isApart && isOverwrite && ((state & 1) === 1 || other === goal)) continue;
      const next = stateOf(slot);
      if (reachedBy.has(next)) continue;
      reachedBy.set(next, { slot, from: state, depth: depth + 1 });
      if (other !== goal) {
        queue.push(next);
        continue;
      }
      const slots: number[] = [];
      for (let at = next; at !== start; at = reachedBy.get(at)!.from) slots.unshift(reachedBy.get(at)!.slot);
      const isSimple = new Set(slots.map((one) => target[one])).size === slots.length;
      return isSimple && !slots.slice(0, -1).some((one) => target[one] === target[begin])
        ? { slots, visited }
        : { visited };
    }
  }
  return { visited };
}
