import { type BackupKeys } from '@stateful/etcd-backup-api';
import { sweepUploads, type ObjectStore } from '@stateful/object-store';
import { OperatorError } from '@stateful/reconcile-sdk';

/** More versions of one key than anybody makes. */
const mostVersions = 100;

/** Deletes every version of a key that is to be seen, the newest first. One that is not there counts as deleted. */
export async function deleteKey(store: ObjectStore, key: string, signal: AbortSignal): Promise<void> {
  for (let count = 0; count < mostVersions; count++) {
    const facts = await store.head(key, { signal });
    if (!facts) return;
    const { versionId } = facts;
    await store.delete(key, { signal, ...(versionId === undefined ? {} : { versionId }) });
    // Without versions there was but one.
    if (versionId === undefined) return;
  }
  throw new OperatorError('conflict', `s3://${store.bucket}/${key} comes back as often as it is deleted`);
}

/** Until when the store refuses to delete the object, if it does. Milliseconds. */
export async function lockedUntil(
  store: ObjectStore,
  { object }: BackupKeys,
  now: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const until = (await store.head(object, { signal }))?.retainUntil?.getTime();
  return until !== undefined && until > now ? until : undefined;
}

/**
 * Deletes all that a backup has in its store: the manifest first, so that from then on nobody can choose it, then the object
 * and what is left of uploads to it. May be done again from any point.
 */
export async function deleteData(store: ObjectStore, keys: BackupKeys, signal: AbortSignal): Promise<void> {
  await deleteKey(store, keys.manifest, signal);
  await deleteKey(store, keys.object, signal);
  await sweepUploads(store, { prefix: keys.object, isOurs: ({ key }) => key === keys.object }, signal);
}
