import { setImmediate } from 'node:timers/promises';
import { mebibyte, type ObjectFacts, type ObjectStore } from '@stateful/object-store';
import { followDigests, followPages, type SnapshotFacts, type SnapshotKeys } from '@stateful/etcd';
import { kubeTime, type Clock } from '@stateful/reconcile-sdk';
import { type Captured, type Verified } from '../captured.ts';
import { attemptFailed } from '../failure.ts';
import { checkHash } from './check-hash.ts';
import { readPages } from './capture.ts';

/** What a stored snapshot was found to be. */
export interface ReadBack {
  /** Of the object, hexadecimal. */
  readonly sha256: string;
  /** It matches its own digest. */
  readonly isWhole: boolean;
  readonly facts: SnapshotFacts;
  /** Only where hashes were asked for. */
  readonly keys?: SnapshotKeys;
}

/** Bytes that are looked at in one go: others wait for less than 10 ms. */
const sliceBytes = mebibyte;

/**
 * Reads a stored snapshot as a whole: its digests, what its pages say, and, with `hash`, its keys at a revision. The newest
 * compaction that will be asked for, and a digest that nobody knew before the keys were written, have to be known before.
 */
export async function readBack(
  store: ObjectStore,
  key: string,
  object: ObjectFacts,
  signal: AbortSignal,
  hash?: { readonly revision: number; readonly compactRevision: number; readonly sha256: string },
): Promise<ReadBack> {
  const digests = followDigests();
  const pages = followPages(hash && { ...hash, seed: hash.sha256 });
  const { sizeBytes, etag, versionId } = object;
  const ranges = { sizeBytes, etag, rangeSize: 8 * mebibyte, concurrency: 4, signal };
  for await (const piece of store.read(key, {
    ...ranges,
    ...(versionId === undefined ? {} : { versionId }),
  })) {
    for (let at = 0; at < piece.length; at += sliceBytes) {
      const slice = piece.subarray(at, at + sliceBytes);
      digests.add(slice);
      pages.add(slice);
      await setImmediate();
    }
  }
  const { sha256, isWhole } = digests.end();
  let facts: SnapshotFacts;
  try {
    facts = readPages(pages);
  } catch (error) {
    // Pages that cannot be read are news of etcd only when they are those that etcd sent.
    if (isWhole) throw error;
    throw attemptFailed(
      'StoredObjectDiffers',
      `s3://${store.bucket}/${key} does not match its own digest`,
      error,
    );
  }
  return { sha256, isWhole, facts, ...(hash && isWhole ? { keys: await pages.keys() } : {}) };
}

/**
 * What the store has, against what was sealed: its size and its own checksum always, every byte from level Stored on, and from
 * level HashKV on its keys against those of the members.
 */
export async function verifyStored(
  store: ObjectStore,
  key: string,
  captured: Captured,
  { level, clock, signal }: { level: Verified['level']; clock: Clock; signal: AbortSignal },
): Promise<Verified> {
  const { seal, etcd, members } = captured;
  const startedAt = clock.monotonic();
  const differs = (what: string) =>
    attemptFailed('StoredObjectDiffers', `s3://${store.bucket}/${key} is not what was sent: ${what}`);
  const verified = (reached: Verified['level'], rest: Partial<Verified> = {}): Verified => ({
    level: reached,
    result: 'Passed',
    at: kubeTime(clock.now()),
    durationSeconds: Math.ceil((clock.monotonic() - startedAt) / 1000),
    ...rest,
  });
  const object = await store.head(key, { signal });
  if (!object) throw differs('it is not there');
  if (object.sizeBytes !== seal.sizeBytes)
    throw differs(`it has ${object.sizeBytes} bytes, not ${seal.sizeBytes}`);
  if (object.crc32 !== undefined && `CRC32:${object.crc32}` !== seal.checksum)
    throw differs('its checksum is another');
  if (level === 'Stream') return verified('Stream');
  const compactRevision = etcd.compactRevision ?? 0;
  const hash = {
    revision: seal.revision,
    compactRevision: Math.max(compactRevision, members?.told?.compactRevision ?? 0),
    sha256: seal.sha256,
  };
  const read = await readBack(store, key, object, signal, level === 'Stored' ? undefined : hash);
  const { sha256, isWhole, facts, keys } = read;
  if (!isWhole || sha256 !== seal.sha256) throw differs('its SHA-256 is another');
  if (facts.revision !== seal.revision)
    throw differs(`it is at revision ${facts.revision}, not ${seal.revision}`);
  if (!keys) return verified('Stored');
  const found = await keys.hashKV(compactRevision);
  const verdict = await checkHash(keys, captured);
  return verified(verdict.result === 'Passed' ? 'HashKV' : 'Stored', {
    ...verdict,
    ...(found.ok ? { hashKV: found.hashes[0]! } : {}),
    ...(keys.keys === undefined ? {} : { keys: keys.keys }),
  });
}
