import { readManifest, type BackupManifest } from '@stateful/etcd-backup-api';
import { type ObjectStore } from '@stateful/object-store';
import { attemptFailed } from '../failure.ts';
import { type View } from '../view.ts';
import { type VerificationLevel } from './verification-wish.ts';
import { readBack } from './verify.ts';

/** What the stored object was found to be; kept in the record of the operation. */
export interface Checked {
  /** The highest level that was reached by reading. */
  readonly level: 'Stored' | 'HashKV';
  /** Why level HashKV was not. */
  readonly reason?: string;
  readonly key: string;
  readonly versionID?: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly revision: number;
  readonly compactRevision: number;
  readonly hashKV?: number;
}

/** Reads a backup's manifest and object back and holds them against each other and the status. Throws StoredObjectDiffers. */
export async function checkStored(
  { backup, keys }: View,
  level: VerificationLevel,
  { store, signal }: { store: ObjectStore; signal: AbortSignal },
): Promise<Checked> {
  const { manifest, differs } = await manifestIn(store, keys, signal);
  const { artifact } = backup.status ?? {};
  const { sizeBytes, sha256, revision } = manifest.object;
  const { compactRevision = 0, hashKV: saved } = manifest.etcd;
  if (artifact && artifact.snapshotSHA256 !== sha256)
    throw differs('its manifest tells of another object than the status');
  const versionId = artifact?.versionID;
  const object = await store.head(keys.object, { signal, ...(versionId === undefined ? {} : { versionId }) });
  if (!object) throw differs('it is not there');
  if (object.sizeBytes !== sizeBytes) throw differs(`it has ${object.sizeBytes} bytes, not ${sizeBytes}`);
  const hash = { revision, compactRevision, sha256 };
  const read = await readBack(store, keys.object, object, signal, level === 'Stored' ? undefined : hash);
  if (!read.isWhole || read.sha256 !== sha256) throw differs('its SHA-256 is another');
  if (read.facts.revision !== revision)
    throw differs(`it is at revision ${read.facts.revision}, not ${revision}`);
  const checked = {
    key: keys.object,
    ...(object.versionId === undefined ? {} : { versionID: object.versionId }),
    ...{ sizeBytes, sha256, revision, compactRevision },
  };
  if (!read.keys) return { ...checked, level: 'Stored' };
  const found = await read.keys.hashKV(compactRevision);
  if (!found.ok)
    return { ...checked, level: 'Stored', reason: `the hash of its keys cannot be told: ${found.reason}` };
  if (saved === undefined) {
    return { ...checked, level: 'Stored', reason: 'no hash of its keys was saved with it to compare with' };
  }
  if (!found.hashes.includes(saved))
    throw differs(`its keys hash to ${found.hashes.join(' or ')}, not ${saved}`);
  return { ...checked, level: 'HashKV', hashKV: saved };
}

async function manifestIn(store: ObjectStore, keys: View['keys'], signal: AbortSignal) {
  const differs = (what: string) =>
    attemptFailed(
      'StoredObjectDiffers',
      `s3://${store.bucket}/${keys.object} is not what was backed up: ${what}`,
    );
  const bytes = await store.get(keys.manifest, { signal });
  if (!bytes) throw differs('its manifest is not there');
  const read = readManifest(bytes);
  if (!read.ok) throw differs(`its manifest cannot be used: ${read.message}`);
  const manifest: BackupManifest = read.manifest;
  return { manifest, differs };
}
