import { type Store } from '@stateful/backup-store-api';
import { ObjectStoreError, type ObjectStore } from '@stateful/object-store';
import { type Captured } from '../captured.ts';
import { attemptFailed } from '../failure.ts';
import { ownerField } from '@stateful/etcd-backup-api';
import { type View } from '../view.ts';
import { whereAbsent } from './where-absent.ts';
import { etagsDigest } from './capture.ts';

/** What to do when the store knows nothing of the upload, or has an object there: only the object itself can tell. */
async function settle({ keys, uid }: View, store: ObjectStore, signal: AbortSignal): Promise<void> {
  const object = await store.head(keys.object, { signal });
  if (object === undefined) {
    throw attemptFailed(
      'UploadLost',
      `the upload of s3://${store.bucket}/${keys.object} is gone and left no object`,
    );
  }
  if (object.metadata[ownerField] !== uid) {
    throw attemptFailed(
      'KeyConflict',
      `s3://${store.bucket}/${keys.object} is an object of somebody else: move it away, or use another prefix`,
    );
  }
}

/** The one step in which the object becomes visible: never over another one, and only the parts that were checked. */
export async function commit(
  view: View,
  { seal }: Captured,
  {
    store,
    uploadID,
    signal,
    conditionalWrites,
  }: {
    store: ObjectStore;
    uploadID: string;
    signal: AbortSignal;
    conditionalWrites: Store['s3']['conditionalWrites'];
  },
): Promise<void> {
  const { keys } = view;
  try {
    const parts = (await store.listParts(keys.object, uploadID, { signal })).filter(
      ({ number }) => number <= seal.parts,
    );
    if (etagsDigest(parts.map(({ etag }) => etag)) !== seal.etagsSHA256) {
      throw attemptFailed(
        'PartsChanged',
        'the parts in the store are not those that were checked: another process has sent some since',
      );
    }
    const whole = { parts, sizeBytes: seal.sizeBytes, crc32: seal.checksum?.split(':')[1] ?? '' };
    await whereAbsent(conditionalWrites, (onlyCreate) =>
      store.completeUpload(keys.object, uploadID, whole, { signal, onlyCreate }),
    );
  } catch (error) {
    const code = error instanceof ObjectStoreError ? error.storeCode : undefined;
    if (code === 'NoSuchUpload' || code === 'NotFound' || code === 'PreconditionFailed') {
      return settle(view, store, signal);
    }
    if (code === 'BadDigest' || code === 'BadRequest') {
      throw attemptFailed(
        'StoreRefused',
        `the store does not accept what was sent: ${(error as Error).message}`,
      );
    }
    throw error;
  }
}
