import { type ObjectStore } from './object-store.ts';
import { hasStoreCode } from './store-error.ts';

export type Capability = 'Supported' | 'Unsupported' | 'Unknown';

/** What a store can do, found by trying. */
export interface StoreCapabilities {
  readonly conditionalPut: Capability;
  readonly conditionalComplete: Capability;
  readonly fullObjectChecksum: Capability;
  readonly listMultipartUploads: Capability;
  /** Of the bucket, as it was set up. */
  readonly versioning: Capability;
  readonly objectLock: Capability;
}

const capability = (is: boolean | undefined): Capability =>
  is === undefined ? 'Unknown' : is ? 'Supported' : 'Unsupported';

const probeKey = (prefix: string): string => `${prefix}.probe`;
const probeBody = Buffer.from('written by a capability probe; it may be deleted\n');

/**
 * Whether a store can be written to, read and listed, at the price of three requests: no new version is made where the store can write
 * only what is not there. Throws as `probeStore`.
 */
export async function checkStore(
  store: ObjectStore,
  prefix: string,
  { signal, onlyCreate = true }: { signal?: AbortSignal; onlyCreate?: boolean } = {},
): Promise<void> {
  const cancel = signal ? { signal } : {};
  const key = probeKey(prefix);
  await store.put(key, probeBody, { ...cancel, onlyCreate });
  await store.head(key, cancel);
  for await (const _ of store.list(key, cancel)) break;
}

/**
 * Tries a store with one small object, `PREFIX.probe`, which stays: no right to delete is asked for. Throws
 * ObjectStoreError for what is missing altogether: the bucket, credentials, s3:PutObject, s3:GetObject, s3:ListBucket.
 */
export async function probeStore(
  store: ObjectStore,
  prefix: string,
  signal?: AbortSignal,
): Promise<StoreCapabilities> {
  const cancel = signal ? { signal } : {};
  const key = probeKey(prefix);
  const body = probeBody;
  await checkStore(store, prefix, { ...cancel, onlyCreate: false });
  const second = await store.put(key, body, { ...cancel, onlyCreate: true }).catch((error: unknown) => {
    if (hasStoreCode(error, 'NotSupported', 'BadRequest')) return 'written' as const;
    throw error;
  });
  const multipart = await tryMultipart(store, key, body, cancel);
  const isListed = await canListUploads(store, key, cancel);
  const { versioning, objectLock } = await store.bucketFeatures(cancel);
  return {
    conditionalPut: capability(second === 'exists'),
    ...multipart,
    listMultipartUploads: isListed,
    versioning: capability(versioning),
    objectLock: capability(objectLock),
  };
}

async function tryMultipart(
  store: ObjectStore,
  key: string,
  body: Buffer,
  cancel: { signal?: AbortSignal },
): Promise<Pick<StoreCapabilities, 'conditionalComplete' | 'fullObjectChecksum'>> {
  async function* source(): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    yield body;
  }
  const openOne = async () => {
    const uploadId = await store.openUpload(key, cancel);
    const parts = await store.sendParts(key, uploadId, source(), {
      ...cancel,
      partSize: body.length,
      concurrency: 1,
    });
    return { uploadId, parts };
  };
  // There is an object of that key by now, so it has to be refused.
  const { uploadId, parts } = await openOne();
  let isRefused = false;
  try {
    await store.completeUpload(key, uploadId, parts, { ...cancel, onlyCreate: true });
  } catch (error) {
    isRefused = hasStoreCode(error, 'PreconditionFailed');
    if (!isRefused && !hasStoreCode(error, 'NotSupported', 'BadRequest')) throw error;
  } finally {
    await store.abortUpload(key, uploadId, cancel);
  }
  const whole = await openOne();
  await store.completeUpload(key, whole.uploadId, whole.parts, cancel);
  const { crc32 } = (await store.head(key, cancel)) ?? {};
  return {
    conditionalComplete: capability(isRefused),
    fullObjectChecksum: capability(crc32 === whole.parts.crc32),
  };
}

const canListUploads = async (
  store: ObjectStore,
  key: string,
  cancel: { signal?: AbortSignal },
): Promise<Capability> => {
  try {
    for await (const _ of store.listUploads(key, cancel)) break;
    return 'Supported';
  } catch (error) {
    if (hasStoreCode(error, 'NotSupported', 'BadRequest', 'AccessDenied')) return 'Unsupported';
    throw error;
  }
};
