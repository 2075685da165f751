import { buildGraph, components } from '../graph.ts';
import { createDependencies, edgeKinds, type Dependencies } from './dependencies.ts';
import { levels, rulesOut, type AnomalyName } from './levels.ts';
import { type Relate } from './relations.ts';
import { shortestCycle, type AntiDependencies } from './shortest-cycle.ts';
import { type Transaction } from './transaction.ts';

/** Edges that each begin where the one before ended, the first where the last did. */
export interface Cycle {
  name: AnomalyName;
  edges: Dependencies;
}

/** Up to so many transactions, all relations between all of them are looked at for the shortest story. */
const denseLimit = 200;

const { ww, wr, rw, realTime } = edgeKinds;
/** Worst first; `best` is the least that a cycle found by this search rules out. */
const searches: readonly { mask: number; antiDependencies: AntiDependencies; best: AnomalyName }[] = [
  { mask: ww, antiDependencies: 'any', best: 'G0' },
  { mask: ww | wr, antiDependencies: 'any', best: 'G1c' },
  { mask: ww | wr | rw, antiDependencies: 'one', best: 'G-single' },
  { mask: ww | wr | rw, antiDependencies: 'apart', best: 'G-nonadjacent' },
  { mask: ww | wr | rw, antiDependencies: 'any', best: 'G2-item' },
  { mask: ww | realTime, antiDependencies: 'any', best: 'G0-realtime' },
  { mask: ww | wr | realTime, antiDependencies: 'any', best: 'G1c-realtime' },
  { mask: ww | wr | rw | realTime, antiDependencies: 'one', best: 'G-single-realtime' },
  { mask: ww | wr | rw | realTime, antiDependencies: 'apart', best: 'G-nonadjacent-realtime' },
  { mask: ww | wr | rw | realTime, antiDependencies: 'any', best: 'G2-item-realtime' },
];

/**
 * One smallest cycle for each strongly connected component and each kind of cycle that says something new there.
 * Whether there is a cycle at all is always found, in linear time; the search for the smallest has a budget for
 * each component, beyond which a cycle may be longer or milder than the worst there is.
 */
export function findCycles(
  transactions: readonly Transaction[],
  edges: Dependencies,
  relate: Relate,
  budget = 2_000_000,
): Cycle[] {
  const graph = buildGraph(transactions.length, edges);
  /** For each transaction, the levels that cycles through it rule out, as bits. */
  const said = new Uint16Array(transactions.length);
  const shortest = new Map<number, number>();
  const componentsOf = new Map<number, number[][]>();
  return searches.flatMap(({ mask, antiDependencies, best }) => {
    const found = componentsOf.get(mask) ?? components(graph, mask);
    componentsOf.set(mask, found);
    return found.flatMap((component) => {
      const already = component.reduce((bits, node) => bits | said[node]!, 0);
      const isCovered = (bitsOf(best) & ~already) === 0;
      // Nothing new can be said, unless the same can be said in fewer words.
      const told = component.reduce(
        (least, node) => Math.min(least, shortest.get(node) ?? Infinity),
        Infinity,
      );
      if (isCovered && told === 2) return [];
      const isSmall = component.length <= denseLimit;
      const slots = isSmall ? [] : shortestCycle(graph, component, mask, antiDependencies, budget);
      const members = isSmall ? component : slots?.map((slot) => graph.target[slot]!);
      if (!members) return [];
      const cycle = shortestAmong(members, transactions, relate, mask, antiDependencies, budget);
      if (!cycle || (isCovered && cycle.to.length >= told)) return [];
      const name = nameOf(cycle.kind);
      for (const node of cycle.to) {
        said[node]! |= bitsOf(name);
        shortest.set(node, Math.min(cycle.to.length, shortest.get(node) ?? Infinity));
      }
      return [{ name, edges: cycle }];
    });
  });
}

/** The shortest cycle among these transactions, by all relations between any two of them. */
function shortestAmong(
  members: readonly number[],
  transactions: readonly Transaction[],
  relate: Relate,
  mask: number,
  antiDependencies: AntiDependencies,
  budget: number,
): Dependencies | undefined {
  const edges = createDependencies();
  for (const one of members) {
    for (const other of members) if (one !== other) relate(edges, transactions[one]!, transactions[other]!);
  }
  const place = new Map(members.map((member, index) => [member, index]));
  const local = (ids: readonly number[]): number[] => ids.map((id) => place.get(id)!);
  const graph = buildGraph(members.length, {
    from: local(edges.from),
    to: local(edges.to),
    kind: edges.kind,
  });
  const all = members.map((_, index) => index);
  const slots = shortestCycle(graph, all, mask, antiDependencies, budget);
  const chosen = slots?.map((slot) => graph.added[slot]!);
  if (!chosen) return undefined;
  const of = <T>(values: readonly T[]): T[] => chosen.map((edge) => values[edge]!);
  return {
    ...{ from: of(edges.from), to: of(edges.to), kind: of(edges.kind) },
    ...{ key: of(edges.key), before: of(edges.before), after: of(edges.after) },
  };
}

function bitsOf(name: AnomalyName): number {
  return rulesOut(name).reduce((bits, level) => bits | (1 << levels.indexOf(level)), 0);
}

function nameOf(kinds: readonly number[]): AnomalyName {
  const overwrites = kinds.filter((one) => one === rw).length;
  const isAdjacent = kinds.some((one, index) => one === rw && kinds[(index + 1) % kinds.length] === rw);
  const name =
    overwrites > 1
      ? isAdjacent
        ? 'G2-item'
        : 'G-nonadjacent'
      : overwrites === 1
        ? 'G-single'
        : kinds.includes(wr)
          ? 'G1c'
          : 'G0';
  return kinds.includes(realTime) ? `${name}-realtime` : name;
}
