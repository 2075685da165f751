import { BrokenSnapshot } from './broken-snapshot.ts';
import { column } from './columns.ts';
import {
  branchChildren,
  isRevisionKey,
  leafEntry,
  mainRevision,
  readHeader,
  type LeafEntry,
} from './page.ts';
import { type TreePage } from './split-pages.ts';

const mostKeptBytes = 128 * 1024 * 1024;
const deepest = 64;

/**
 * What is kept of the pages of a file until its root is known: the children of each branch, the right edge of each leaf with
 * revisions, and other leaves.
 */
export interface PageTree {
  /** True: a leaf with revisions, of which only the edge is kept. */
  add(page: TreePage): boolean;
  /** A leaf with revisions that turned out to be none. */
  forget(leaf: number): void;
  /** The leaves below a page, in the order of their keys. Throws BrokenSnapshot. */
  leavesBelow(root: number): number[];
  /** Rows of a leaf with revisions and its last revision; undefined: it is another one. */
  revisionsOf(leaf: number): { rows: number; last: number } | undefined;
  entriesBelow(root: number): Generator<LeafEntry>;
}

export function createPageTree(): PageTree {
  const branches = new Map<number, number[]>();
  const others = new Map<number, Buffer>();
  const rows = column(Uint16Array);
  const last = column(Float64Array);
  let keptBytes = 0;

  function leavesBelow(root: number): number[] {
    const found: number[] = [];
    const visit = (id: number, depth: number): void => {
      const children = branches.get(id);
      if (depth > deepest || (!children && rows.get(id) === 0 && !others.has(id)))
        throw new BrokenSnapshot(`page ${id} is missing or damaged`);
      if (children) for (const child of children) visit(child, depth + 1);
      else found.push(id);
    };
    visit(root, 0);
    return found;
  }

  return {
    leavesBelow,
    add({ id, kind, count, bytes }) {
      if (kind === 'branch') {
        const children = branchChildren(bytes, count);
        keptBytes += 8 * children.length;
        branches.set(id, children);
      } else {
        const edge = leafEntry(bytes, count - 1);
        // Its bytes are no leaf after all.
        if (!edge) return false;
        if (isRevisionKey(edge.key) && !edge.isBucket) {
          rows.set(id, count);
          last.set(id, mainRevision(edge.key));
          return true;
        }
        keptBytes += bytes.length;
        others.set(id, Buffer.from(bytes));
      }
      if (keptBytes > mostKeptBytes)
        throw new BrokenSnapshot('the database has more pages than can be followed');
      return false;
    },
    forget: (id) => rows.set(id, 0),
    revisionsOf: (id) => (rows.get(id) === 0 ? undefined : { rows: rows.get(id), last: last.get(id) }),
    *entriesBelow(root) {
      for (const id of leavesBelow(root)) {
        const page = others.get(id);
        if (!page) throw new BrokenSnapshot('revisions stand where a bucket should be');
        yield* entriesOf(page);
      }
    },
  };
}

/** The entries of one leaf. Throws BrokenSnapshot. */
export function* entriesOf(page: Buffer): Generator<LeafEntry> {
  const { count } = readHeader(page);
  for (let index = 0; index < count; index++) {
    const entry = leafEntry(page, index);
    if (!entry) throw new BrokenSnapshot('an entry lies outside its page');
    yield entry;
  }
}
