import { BrokenSnapshot } from './broken-snapshot.ts';
import { bucketRoot, inlinePage, mainRevision, readHeader, type LeafEntry } from './page.ts';
import { createPageTree, entriesOf } from './page-tree.ts';
import { hashRows, type HashKV, type HashRequest } from './row-hash.ts';
import { splitPages } from './split-pages.ts';

/** What the pages of a snapshot say. */
export interface SnapshotFacts {
  /** The newest revision: what a member restored from it is at. */
  readonly revision: number;
  /** Everything before it may be gone; 0: nothing was compacted. */
  readonly compactRevision: number;
  /** Rows of the key bucket: one for each change that is kept. */
  readonly rows: number;
  readonly leases: number;
  readonly authEnabled: boolean;
  /** Empty before etcd 3.6. */
  readonly storageVersion: string;
}

/** The keys of a snapshot, told when it is over. */
export interface SnapshotKeys {
  /** Keys that exist; undefined: it cannot be told, for the reason of `hashKV`. */
  readonly keys: number | undefined;
  /** What a member that has compacted up to `compactRevision` answers for the revision that was asked for. */
  hashKV(compactRevision: number): Promise<HashKV>;
}

/** A database as it goes by. `end` and `keys` throw BrokenSnapshot. */
export interface PageFollower {
  add(chunk: Uint8Array): void;
  end(): SnapshotFacts;
  /** Only where hashes were asked for. */
  keys(): Promise<SnapshotKeys>;
}

/** Page 0 holds no rows of its own: those of a bucket that is small enough to stand in its parent. */
const inlineLeaf = 0;

/**
 * Follows a database as it goes by, in any pieces, and keeps what is needed to read it in the end. Which of its pages are alive
 * only the root tells, at the end: etcd writes no free list, and free pages look like what they once were.
 */
export function followPages(asked?: HashRequest): PageFollower {
  const tree = createPageTree();
  const hashing = asked && hashRows(asked);
  const pages = splitPages((page) => {
    if (tree.add(page) && hashing && !hashing.addLeaf(page.id, page.bytes, page.count)) tree.forget(page.id);
  });
  let ended: { facts: SnapshotFacts; leaves: readonly number[] } | undefined;

  function read(): { facts: SnapshotFacts; leaves: readonly number[] } {
    const { metas, pages: seen } = pages.end();
    const newest = metas[0];
    if (!newest) throw new BrokenSnapshot('it has no valid meta page: it is no etcd database');
    // All that is alive may stand in its first pages, so the walk alone would not miss the rest.
    if (seen < newest.pages) throw new BrokenSnapshot(`it has ${seen} of ${newest.pages} pages`);
    const buckets = new Map<string, Buffer>();
    for (const { key, value, isBucket } of tree.entriesBelow(newest.root)) {
      if (isBucket) buckets.set(key.toString('latin1'), value);
    }
    const keyBucket = buckets.get('key');
    if (!keyBucket) throw new BrokenSnapshot('it has no bucket of keys: it is no etcd database');
    const isInline = bucketRoot(keyBucket) === 0;
    const leaves = isInline ? [] : tree.leavesBelow(bucketRoot(keyBucket));
    let rows = 0;
    let last = 0;
    for (const id of leaves) {
      const edge = tree.revisionsOf(id);
      if (!edge) throw new BrokenSnapshot('a page of its keys holds something else');
      rows += edge.rows;
      last = edge.last;
    }
    if (isInline) {
      const inline = inlinePage(keyBucket);
      for (const { key } of entriesOf(inline)) {
        rows++;
        last = mainRevision(key);
      }
      if (hashing && !hashing.addLeaf(inlineLeaf, inline, readHeader(inline).count))
        throw new BrokenSnapshot('a page of its keys holds something else');
      leaves.push(inlineLeaf);
    }
    const valuesOf = (bucket: string): LeafEntry[] => {
      const value = buckets.get(bucket);
      if (!value) return [];
      return bucketRoot(value) === 0
        ? [...entriesOf(inlinePage(value))]
        : [...tree.entriesBelow(bucketRoot(value))];
    };
    const meta = new Map(valuesOf('meta').map(({ key, value }) => [key.toString('latin1'), value]));
    const compaction = (name: string): number => {
      const value = meta.get(name);
      return value && value.length >= 17 ? mainRevision(value) : 0;
    };
    // One that was begun is finished when a member starts from it.
    const compactRevision = Math.max(compaction('finishedCompactRev'), compaction('scheduledCompactRev'));
    const facts = {
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
    return { facts, leaves };
  }

  return {
    add: pages.add,
    end: () => (ended ??= read()).facts,
    async keys() {
      if (!hashing) throw new Error('the pages were followed without a request for hashes');
      const { facts, leaves } = (ended ??= read());
      const { keys, hashKV } = await hashing.end(leaves);
      return {
        keys,
        hashKV: (compactRevision) =>
          compactRevision < facts.compactRevision
            ? Promise.resolve({
                ok: false,
                reason: `it covers rows from revision ${compactRevision} on, and those before ${facts.compactRevision} are compacted in the snapshot`,
              })
            : hashKV(compactRevision),
      };
    },
  };
}
