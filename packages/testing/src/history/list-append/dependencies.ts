import { type EdgeList } from '../graph.ts';
import { type Read } from './reads.ts';
import { type Version, type Versions } from './versions.ts';

/** Kinds of edges, most telling first: writes after, reads from, overwrites what was read, began after the end. */
export const edgeKinds = { ww: 1, wr: 2, rw: 4, realTime: 8 } as const;
export type EdgeKind = (typeof edgeKinds)[keyof typeof edgeKinds];

/** Edges between transaction ids, each with the key and the elements that prove it. */
export interface Dependencies extends EdgeList {
  key: (string | undefined)[];
  /** ww: the element before; wr: the element read; rw: the last element read, undefined for an empty list. */
  before: (number | undefined)[];
  /** ww, rw: the element after. */
  after: (number | undefined)[];
}

export function createDependencies(): Dependencies {
  return { from: [], to: [], kind: [], key: [], before: [], after: [] };
}

export function addEdge(
  edges: Dependencies,
  from: number,
  to: number,
  kind: EdgeKind,
  key?: string,
  before?: number,
  after?: number,
): void {
  edges.from.push(from);
  edges.to.push(to);
  edges.kind.push(kind);
  edges.key.push(key);
  edges.before.push(before);
  edges.after.push(after);
}

/** Adds what the reads of each key prove about the order of transactions. */
export function addDependencies(edges: Dependencies, keys: ReadonlyMap<string, Versions>): void {
  for (const [key, { versions, unseen, reads }] of keys) {
    for (let index = 1; index < versions.length; index++)
      addWrite(edges, key, versions[index - 1]!, versions[index]!);
    const last = versions.at(-1);
    if (last) for (const version of unseen) addWrite(edges, key, last, version);
    for (const { read, usable } of reads) addRead(edges, key, read, versions, usable, unseen);
  }
}

function addWrite(edges: Dependencies, key: string, before: Version, after: Version): void {
  if (before.writer === after.writer) return;
  addEdge(edges, before.writer.id, after.writer.id, edgeKinds.ww, key, before.element, after.element);
}

function addRead(
  edges: Dependencies,
  key: string,
  { transaction, list }: Read,
  versions: readonly Version[],
  usable: number,
  unseen: readonly Version[],
): void {
  let from = usable - 1;
  while (from >= 0 && versions[from]!.writer === transaction) from--;
  const source = versions[from];
  if (source) addEdge(edges, source.writer.id, transaction.id, edgeKinds.wr, key, source.element);
  const missed = usable < versions.length ? [versions[usable]!] : unseen;
  for (const { writer, element } of missed) {
    if (writer !== transaction) {
      addEdge(edges, transaction.id, writer.id, edgeKinds.rw, key, list.at(-1), element);
    }
  }
}
