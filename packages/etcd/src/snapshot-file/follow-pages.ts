import { recordOf, type LeafRecord } from './leaf-record.ts';
import {
  branchChildren,
  bucketRoot,
  inlinePage,
  leafEntry,
  mainRevision,
  pageHeaderBytes,
  readHeader,
  readMeta,
  type LeafEntry,
  type Meta,
} from './page.ts';

/** What the pages of a snapshot say. */
export interface SnapshotFacts {
  /** The newest revision: what a member restored from it is at. */
  readonly revision: number;
  /** Everything before it may be gone. */
  readonly compactRevision: number;
  /** Rows of the key bucket: one for each change that is kept. */
  readonly rows: number;
  readonly leases: number;
  readonly authEnabled: boolean;
  /** Empty before etcd 3.6. */
  readonly storageVersion: string;
}

/** A snapshot whose pages do not fit together. */
export class BrokenSnapshot extends Error {
  override readonly name = 'BrokenSnapshot';
}

interface Waiting {
  readonly id: number;
  readonly kind: 'branch' | 'leaf';
  readonly count: number;
  readonly page: Buffer;
  filled: number;
}

/** Pages with overflow that wait for their rest at a time, in bytes: beyond it the file is no database. */
const mostWaitingBytes = 64 * 1024 * 1024;
const mostKeptBytes = 128 * 1024 * 1024;

/**
 * Follows a database as it goes by, in any pieces, and keeps what is needed to read it in the end: the children of each branch,
 * the right edge of each leaf with revisions, and other leaves. Which of them are alive only the root tells, at the end: etcd
 * writes no free list, and free pages look like what they once were.
 */
export function followPages(): { add(chunk: Uint8Array): void; end(): SnapshotFacts } {
  const metas: Meta[] = [];
  const branches = new Map<number, number[]>();
  const leaves = new Map<number, LeafRecord>();
  let pageSize = 0;
  let nextId = 0;
  let page: Buffer = Buffer.alloc(4096);
  let filled = 0;
  let waiting: Waiting[] = [];
  let keptBytes = 0;

  function keep(kind: 'branch' | 'leaf', id: number, bytes: Buffer, count: number): void {
    if (kind === 'branch') {
      const children = branchChildren(bytes, count);
      keptBytes += 8 * children.length;
      branches.set(id, children);
    } else {
      const record = recordOf(bytes, count);
      if (record?.kind === 'other') keptBytes += bytes.length;
      if (record) leaves.set(id, record);
    }
    if (keptBytes > mostKeptBytes)
      throw new BrokenSnapshot('the database has more pages than can be followed');
  }

  function onPage(bytes: Buffer): void {
    const id = nextId++;
    for (const one of waiting) {
      one.filled += bytes.copy(one.page, one.filled);
      if (one.filled === one.page.length) keep(one.kind, one.id, one.page, one.count);
    }
    if (waiting.length > 0) waiting = waiting.filter((one) => one.filled < one.page.length);
    if (id < 2) {
      const meta = readMeta(bytes);
      if (meta) metas.push(meta);
      return;
    }
    const header = readHeader(bytes);
    const { kind, count, overflow } = header;
    if (header.id !== id || kind === 'other' || count === 0) return;
    if (overflow === 0) return keep(kind, id, bytes, count);
    const length = (overflow + 1) * pageSize;
    const held = waiting.reduce((sum, one) => sum + one.page.length, 0);
    if (held + length > mostWaitingBytes) return;
    const whole = Buffer.allocUnsafe(length);
    waiting.push({ id, kind, count, page: whole, filled: bytes.copy(whole) });
  }

  return {
    add(chunk) {
      let at = 0;
      while (at < chunk.length) {
        const length = Math.min(page.length - filled, chunk.length - at);
        page.set(chunk.subarray(at, at + length), filled);
        filled += length;
        at += length;
        if (filled < page.length) return;
        if (pageSize === 0) {
          // The first page says how large pages are; it is at least this long.
          pageSize = page.readUInt32LE(pageHeaderBytes + 8);
          if (pageSize < 1024 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0)
            pageSize = page.length;
          if (pageSize > page.length) {
            const larger = Buffer.alloc(pageSize);
            page.copy(larger);
            page = larger;
            continue;
          }
        }
        onPage(page);
        filled = 0;
      }
    },
    end() {
      const meta = metas.toSorted((a, b) => b.transaction - a.transaction)[0];
      if (!meta) throw new BrokenSnapshot('it has no valid meta page: it is no etcd database');
      // All that is alive may stand in its first pages, so the walk alone would not miss the rest.
      if (nextId < meta.pages) throw new BrokenSnapshot(`it has ${nextId} of ${meta.pages} pages`);
      return factsOf({ root: meta.root, branches, leaves });
    },
  };
}

interface Tree {
  readonly root: number;
  readonly branches: ReadonlyMap<number, readonly number[]>;
  readonly leaves: ReadonlyMap<number, LeafRecord>;
}

function factsOf(tree: Tree): SnapshotFacts {
  const buckets = new Map<string, Buffer>();
  for (const { key, value, isBucket } of entriesBelow(tree, tree.root)) {
    if (isBucket) buckets.set(key.toString('latin1'), value);
  }
  const keys = buckets.get('key');
  if (!keys) throw new BrokenSnapshot('it has no bucket of keys: it is no etcd database');
  let rows = 0;
  let last = 0;
  if (bucketRoot(keys) === 0) {
    for (const { key } of entriesOf(inlinePage(keys))) {
      rows++;
      last = mainRevision(key);
    }
  } else {
    for (const leaf of leavesBelow(tree, bucketRoot(keys))) {
      if (leaf.kind !== 'revisions') throw new BrokenSnapshot('a page of its keys holds something else');
      rows += leaf.count;
      last = leaf.last;
    }
  }
  const valuesOf = (bucket: string): LeafEntry[] => {
    const value = buckets.get(bucket);
    if (!value) return [];
    return bucketRoot(value) === 0
      ? [...entriesOf(inlinePage(value))]
      : [...entriesBelow(tree, bucketRoot(value))];
  };
  const meta = new Map(valuesOf('meta').map(({ key, value }) => [key.toString('latin1'), value]));
  const compaction = (name: string): number => {
    const value = meta.get(name);
    return value && value.length >= 17 ? mainRevision(value) : 0;
  };
  // One that was begun is finished when a member starts from it.
  const compactRevision = Math.max(compaction('finishedCompactRev'), compaction('scheduledCompactRev'));
  return {
    // As etcd does on a start: a compaction tells of a revision whose rows may all be gone; an empty store is at 1.
    revision: Math.max(last, compactRevision, 1),
    compactRevision,
    rows,
    leases: valuesOf('lease').length,
    authEnabled: valuesOf('auth').some(
      ({ key, value }) => key.toString() === 'authEnabled' && value[0] === 1,
    ),
    storageVersion: meta.get('storageVersion')?.toString('utf8') ?? '',
  };
}

function* leavesBelow({ branches, leaves }: Tree, id: number, depth = 0): Generator<LeafRecord> {
  const children = branches.get(id);
  const leaf = leaves.get(id);
  if (depth > 64 || (!children && !leaf)) throw new BrokenSnapshot(`page ${id} is missing or damaged`);
  if (leaf) yield leaf;
  else for (const child of children!) yield* leavesBelow({ root: id, branches, leaves }, child, depth + 1);
}

function* entriesBelow(tree: Tree, id: number): Generator<LeafEntry> {
  for (const leaf of leavesBelow(tree, id)) {
    if (leaf.kind === 'revisions') throw new BrokenSnapshot('revisions stand where a bucket should be');
    yield* entriesOf(leaf.page);
  }
}

function* entriesOf(page: Buffer): Generator<LeafEntry> {
  const { count } = readHeader(page);
  for (let index = 0; index < count; index++) {
    const entry = leafEntry(page, index);
    if (!entry) throw new BrokenSnapshot('an entry lies outside its page');
    yield entry;
  }
}
