import { mebibyte, type ObjectFacts, type ObjectStore } from '@stateful/object-store';
import { followDigests, followPages, type SnapshotFacts } from '@stateful/etcd';
import { type Captured } from '../captured.ts';
import { attemptFailed } from '../failure.ts';
import { readPages } from './capture.ts';

/** Reads a stored snapshot as a whole: its digests and what its pages say. */
export async function readBack(
  store: ObjectStore,
  key: string,
  object: ObjectFacts,
  signal: AbortSignal,
): Promise<{ sha256: string; isWhole: boolean; facts: SnapshotFacts }> {
  const [digests, pages] = [followDigests(), followPages()];
  const { sizeBytes, etag, versionId } = object;
  const ranges = { sizeBytes, etag, rangeSize: 8 * mebibyte, concurrency: 4, signal };
  for await (const piece of store.read(key, {
    ...ranges,
    ...(versionId === undefined ? {} : { versionId }),
  })) {
    digests.add(piece);
    pages.add(piece);
  }
  const { sha256, isWhole } = digests.end();
  return { sha256, isWhole, facts: readPages(pages) };
}

/** What the store has, against what was sealed: its size and its own checksum always, every byte when `all`. */
export async function verifyStored(
  store: ObjectStore,
  key: string,
  { seal }: Captured,
  { all, signal }: { all: boolean; signal: AbortSignal },
): Promise<void> {
  const differs = (what: string) =>
    attemptFailed('StoredObjectDiffers', `s3://${store.bucket}/${key} is not what was sent: ${what}`);
  const object = await store.head(key, { signal });
  if (!object) throw differs('it is not there');
  if (object.sizeBytes !== seal.sizeBytes)
    throw differs(`it has ${object.sizeBytes} bytes, not ${seal.sizeBytes}`);
  if (object.crc32 !== undefined && `CRC32:${object.crc32}` !== seal.checksum)
    throw differs('its checksum is another');
  if (!all) return;
  const { sha256, isWhole, facts } = await readBack(store, key, object, signal);
  if (!isWhole || sha256 !== seal.sha256) throw differs('its SHA-256 is another');
  if (facts.revision !== seal.revision)
    throw differs(`it is at revision ${facts.revision}, not ${seal.revision}`);
}
