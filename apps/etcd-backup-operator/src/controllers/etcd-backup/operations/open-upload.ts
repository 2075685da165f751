import { type Store } from '@stateful/backup-store-api';
import { ownerField } from '@stateful/etcd-backup-api';
import { type ObjectStore } from '@stateful/object-store';
import { OperatorError } from '@stateful/reconcile-sdk';
import { type View } from '../view.ts';

/**
 * Opens an upload to the key of a backup, as its store wants it, and answers its id. Nothing is visible by it. Throws `conflict`
 * when an object is there already: a faster process swept before this upload was open, and nobody would abort it.
 */
export async function openUpload(
  { keys, uid }: Pick<View, 'keys' | 'uid'>,
  store: ObjectStore,
  { encryption, objectLock, storageClass, tags }: Store['s3'],
  { now, signal }: { now: number; signal: AbortSignal },
): Promise<string> {
  const { mode, kmsKeyID } = encryption;
  const uploadID = await store.openUpload(keys.object, {
    signal,
    metadata: { [ownerField]: uid },
    contentType: 'application/octet-stream',
    encryption:
      mode === 'KMS' ? { mode, ...(kmsKeyID === undefined ? {} : { kmsKeyId: kmsKeyID }) } : { mode },
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(tags ? { tags } : {}),
    ...(objectLock
      ? {
          lock: {
            mode: objectLock.mode === 'Compliance' ? 'COMPLIANCE' : 'GOVERNANCE',
            until: new Date(now + objectLock.days * 86_400_000),
          },
        }
      : {}),
  });
  if ((await store.head(keys.object, { signal })) === undefined) return uploadID;
  await store.abortUpload(keys.object, uploadID, { signal });
  throw new OperatorError('conflict', `there is an object s3://${store.bucket}/${keys.object} already`);
}

/** Uploads of a key that may be those of processes that still send. */
const mostAlive = 2;

/**
 * Aborts the older uploads of a key. A process that was deposed and does not know it yet goes on with one of the newest: it is
 * left alone, as nothing of it can become visible any more. The others belong to processes that died.
 */
export async function abortOlderUploads(store: ObjectStore, key: string, signal: AbortSignal): Promise<void> {
  const found: { uploadId: string; initiated: number }[] = [];
  for await (const upload of store.listUploads(key, { signal })) {
    if (upload.key === key)
      found.push({ uploadId: upload.uploadId, initiated: upload.initiated?.getTime() ?? Infinity });
  }
  const older = found.toSorted((a, b) => b.initiated - a.initiated).slice(mostAlive);
  for (const { uploadId } of older) await store.abortUpload(key, uploadId, { signal });
}
