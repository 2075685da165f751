import { setImmediate } from 'node:timers/promises';
import { column } from './columns.ts';
import { crc32cOf, joinFromEnd } from './crc32c.ts';
import { createDigestSet } from './digest-set.ts';
import { keyDigests, type KeyDigest } from './key-digest.ts';
import { readKeyValue, type KeyValueFields } from './key-value.ts';
import { isRevisionKey, mainRevision, readEntrySpan, type EntrySpan } from './page.ts';

/** What hashes will be asked for; known before the file is read. */
export interface HashRequest {
  /** Rows after it do not count. */
  readonly revision: number;
  /** The newest compaction that will be asked for: rows up to it are kept one by one. */
  readonly compactRevision: number;
  /** Hexadecimal, 16 digits at least; nobody should know it before the keys are written: a digest of the file will do. */
  readonly seed: string;
  /** Rows that are kept at most, in memory: 41 bytes each. */
  readonly mostRows?: number;
}

/** HashKV, or why it cannot be told. */
export type HashKV =
  | {
      readonly ok: true;
      /**
       * What members may answer: one hash, but several for a store without any key. There a member leaves out nothing, so that
       * it depends on how far its compaction is, unless it remembers the hash of that very compaction.
       */
      readonly hashes: readonly number[];
    }
  | { readonly ok: false; readonly reason: string };

/** Hashes rows of leaves as they come in the order of the file; which of them are alive is told at the end. */
export interface RowHash {
  /** False: these are no rows after all. */
  addLeaf(id: number, bytes: Buffer, count: number): boolean;
  /** The leaves that are alive, in the order of their keys. */
  end(leaves: readonly number[]): Promise<EndedRowHash>;
}

export interface EndedRowHash {
  /** Keys that exist at the revision; undefined: see the reason in `hashKV`. */
  readonly keys: number | undefined;
  /** As a member tells it that has compacted up to `compactRevision`, which is not above the one requested. */
  hashKV(compactRevision: number): Promise<HashKV>;
}

const defaultMostRows = 3_000_000;
/** Rows looked at between two chances for others to run: a few milliseconds. */
const pauseEvery = 8192;
const bucketName = Buffer.from('key');
const nothing = (): void => undefined;

const flag = { tombstone: 1, emptyKey: 2, kept: 4, left: 8 } as const;
const met = { later: 1, before: 2 } as const;

/**
 * HashKV is a CRC over all rows in the order of their revisions, and CRCs of pieces can be joined: so one per leaf is enough for
 * rows after the compaction. Of a row before it, it depends on the rest of the file whether it counts: only the last one of a
 * key does, and no tombstone. Such rows are kept one by one, with a digest of their key; and of later rows, the digests of keys
 * that may have existed at the compaction.
 * Source of the rules: etcd, server/storage/mvcc/hash.go and key_index.go (Keep).
 */
export function hashRows({
  revision,
  compactRevision,
  seed,
  mostRows = defaultMostRows,
}: HashRequest): RowHash {
  // By page: of its rows after the compaction, and which rows are kept one by one.
  const laterCrc = column(Int32Array);
  const laterBytes = column(Uint32Array);
  const laterKeys = column(Int32Array);
  const firstRow = column(Uint32Array);
  const rowsOf = column(Uint16Array);
  // By row that is kept; one after the compaction has no bytes.
  const digestLow = column(Uint32Array);
  const digestHigh = column(Uint32Array);
  const mainOf = column(Float64Array);
  const crcOf = column(Int32Array);
  const bytesOf = column(Uint32Array);
  const flags = column(Uint8Array);
  let rows = 0;
  let hasTooMany = false;
  const digestOf = keyDigests(seed);
  const digest: KeyDigest = { low: 0, high: 0 };
  const value: KeyValueFields = { keyStart: 0, keyEnd: 0, createRevision: 0 };
  const span: EntrySpan = { isBucket: false, start: 0, keyEnd: 0, end: 0 };

  function keepRow(bytes: Buffer, main: number, crc: number, length: number, bits: number): void {
    if (rows >= mostRows) {
      hasTooMany = true;
      return;
    }
    digestOf(bytes, value.keyStart, value.keyEnd, digest);
    digestLow.set(rows, digest.low);
    digestHigh.set(rows, digest.high);
    mainOf.set(rows, main);
    crcOf.set(rows, crc);
    bytesOf.set(rows, length);
    flags.set(rows, bits);
    rows++;
  }

  function addLeaf(id: number, bytes: Buffer, count: number): boolean {
    const crc32c = crc32cOf(bytes);
    const first = rows;
    let crc = 0;
    let length = 0;
    let keys = 0;
    // Rows lie one behind the other: what was not hashed yet of those after the compaction.
    let [from, to] = [0, 0];
    for (let index = 0; index < count; index++) {
      if (
        !readEntrySpan(bytes, index, span) ||
        span.isBucket ||
        !isRevisionKey(bytes, span.start, span.keyEnd) ||
        !readKeyValue(bytes, span.keyEnd, span.end, value)
      ) {
        rows = first;
        return false;
      }
      const { start, keyEnd, end } = span;
      const main = mainRevision(bytes, start);
      const isTombstone = keyEnd - start === 18;
      if (main > revision) break;
      if (main <= compactRevision) {
        const bits =
          (isTombstone ? flag.tombstone : 0) | (value.keyStart === value.keyEnd ? flag.emptyKey : 0);
        keepRow(bytes, main, crc32c(0, start, end), end - start, bits);
        continue;
      }
      if (start !== to) {
        crc = crc32c(crc, from, to);
        from = start;
      }
      to = end;
      length += end - start;
      if (isTombstone) keys--;
      else if (value.createRevision === main) keys++;
      // A key that was created later had no row left before the compaction, or its tombstone tells.
      if (compactRevision > 0 && (isTombstone || value.createRevision <= compactRevision))
        keepRow(bytes, main, 0, 0, 0);
    }
    laterCrc.set(id, crc32c(crc, from, to));
    laterBytes.set(id, length);
    laterKeys.set(id, keys);
    firstRow.set(id, first);
    rowsOf.set(id, rows - first);
    return true;
  }

  return {
    addLeaf,
    async end(leaves) {
      let looked = 0;
      async function fromEnd(onLeaf: (id: number) => void, onRow: (row: number) => void): Promise<void> {
        for (let at = leaves.length - 1; at >= 0; at--) {
          const id = leaves[at]!;
          onLeaf(id);
          const first = firstRow.get(id);
          for (let row = first + rowsOf.get(id) - 1; row >= first; row--) {
            onRow(row);
            if (++looked % pauseEvery === 0) await setImmediate();
          }
          if (++looked % pauseEvery === 0) await setImmediate();
        }
      }
      let keys = 0;
      let hasEmptyKey = false;
      const unknown = `more than ${mostRows} rows would have to be kept in memory to tell it`;
      if (hasTooMany) {
        return { keys: undefined, hashKV: () => Promise.resolve({ ok: false, reason: unknown }) };
      }
      const kept = leaves.reduce((sum, id) => sum + rowsOf.get(id), 0);
      const digests = createDigestSet(kept);
      await fromEnd(
        (id) => void (keys += laterKeys.get(id)),
        (row) => {
          const isLater = mainOf.get(row) > compactRevision;
          const before = digests.add(
            digestLow.get(row),
            digestHigh.get(row),
            isLater ? met.later : met.before,
          );
          const bits = flags.get(row);
          if (isLater || (before & met.before) !== 0 || (bits & flag.tombstone) !== 0) return;
          // The last row of its key up to the compaction: the key existed then.
          if ((bits & flag.emptyKey) === 0) keys++;
          else hasEmptyKey = true;
          if (before === 0) flags.set(row, bits | flag.kept);
        },
      );

      /** Marks what a compaction leaves of the rows up to it: the last of each key, unless that is a tombstone. */
      async function markLeft(compacted: number): Promise<void> {
        const seen = createDigestSet(kept);
        await fromEnd(nothing, (row) => {
          if (mainOf.get(row) > compacted) return;
          const bits = flags.get(row);
          const isLast = seen.add(digestLow.get(row), digestHigh.get(row), met.before) === 0;
          flags.set(row, isLast && (bits & flag.tombstone) === 0 ? bits | flag.left : bits & ~flag.left);
        });
      }

      /** Of rows up to the compaction those count that have one of the bits. */
      async function hash(compacted: number, counts: (bits: number) => boolean): Promise<number> {
        const whole = joinFromEnd();
        await fromEnd(
          (id) => void (laterBytes.get(id) > 0 && whole.prepend(laterCrc.get(id), laterBytes.get(id))),
          (row) => {
            const main = mainOf.get(row);
            const bits = flags.get(row);
            if (main > compactRevision || (main <= compacted && !counts(bits))) return;
            // Members before 3.5.16 have deleted that one.
            if (main === compacted && (bits & flag.tombstone) !== 0) return;
            whole.prepend(crcOf.get(row), bytesOf.get(row));
          },
        );
        whole.prepend(crc32cOf(bucketName)(0, 0, bucketName.length), bucketName.length);
        return whole.value();
      }

      return {
        keys,
        async hashKV(compacted) {
          if (compacted > compactRevision) {
            return { ok: false, reason: `rows up to revision ${compactRevision} alone were kept one by one` };
          }
          if (keys > 0 || hasEmptyKey)
            return { ok: true, hashes: [await hash(compacted, (bits) => (bits & flag.kept) !== 0)] };
          await markLeft(compacted);
          const hashes = new Set([
            await hash(compacted, (bits) => (bits & flag.left) !== 0),
            await hash(compacted, () => true),
            await hash(compacted, () => false),
          ]);
          return { ok: true, hashes: [...hashes] };
        },
      };
    },
  };
}
