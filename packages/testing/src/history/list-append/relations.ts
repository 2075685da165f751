import { addEdge, edgeKinds, type Dependencies } from './dependencies.ts';
import { type Transaction } from './transaction.ts';
import { type Versions } from './versions.ts';

/** Adds every direct relation between the two, also those that the sparse graph leaves to follow from others. */
export type Relate = (edges: Dependencies, before: Transaction, after: Transaction) => void;

interface Touched {
  /** Position in the version order and element; what was never seen stands behind all. */
  appends: { position: number; element: number }[];
  /** How many versions were read, and the last element of them. */
  reads: { length: number; last: number | undefined }[];
}

/** Looks up how two transactions stand to each other, for telling short stories. */
export function createRelate(keys: ReadonlyMap<string, Versions>, slackMs: number): Relate {
  const touched = touchedByTransaction(keys);
  return (edges, before, after) => {
    const other = touched.get(after.id);
    for (const [key, left] of touched.get(before.id) ?? []) {
      const right = other?.get(key);
      if (!right) continue;
      const add = (kind: 1 | 2 | 4, from: number | undefined, to?: number): void =>
        addEdge(edges, before.id, after.id, kind, key, from, to);
      const written = left.appends[0];
      const overwritten = right.appends.findLast(
        ({ position }) => position > (written?.position ?? Infinity),
      );
      if (written && overwritten) add(edgeKinds.ww, written.element, overwritten.element);
      const shown = left.appends.findLast(({ position }) =>
        right.reads.some(({ length }) => position < length),
      );
      if (shown) add(edgeKinds.wr, shown.element);
      for (const { length, last } of left.reads) {
        const missed = right.appends.find(({ position }) => position >= length);
        if (missed) add(edgeKinds.rw, last, missed.element);
      }
    }
    if (before.end + slackMs < after.start) addEdge(edges, before.id, after.id, edgeKinds.realTime);
  };
}

function touchedByTransaction(keys: ReadonlyMap<string, Versions>): Map<number, Map<string, Touched>> {
  const all = new Map<number, Map<string, Touched>>();
  for (const [key, { versions, unseen, reads }] of keys) {
    const of = ({ id }: Transaction): Touched => {
      const own = all.get(id) ?? new Map<string, Touched>();
      all.set(id, own);
      const touched = own.get(key) ?? { appends: [], reads: [] };
      own.set(key, touched);
      return touched;
    };
    versions.forEach(({ writer, element }, position) => of(writer).appends.push({ position, element }));
    // All at the same place: among them, nobody knows the order.
    for (const { writer, element } of unseen) of(writer).appends.push({ position: versions.length, element });
    for (const { read, usable } of reads) {
      of(read.transaction).reads.push({ length: usable, last: read.list.at(-1) });
    }
  }
  return all;
}
