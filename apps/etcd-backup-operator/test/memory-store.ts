import { createHash } from 'node:crypto';
import {
  ObjectStoreError,
  type ObjectFacts,
  type ObjectStore,
  type UploadedPart,
  type UploadOptions,
} from '@stateful/object-store';

interface Version {
  readonly id: string;
  readonly facts: ObjectFacts;
  readonly body: Buffer;
}

interface Upload {
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: Date;
  readonly options: UploadOptions;
  readonly body: Buffer;
}

/** A bucket in memory, for tests on virtual time: versions, locks, and a list that may be old. */
export interface MemoryBucket {
  /** Keys that are to be seen, sorted. */
  keys(): string[];
  /** Uploads that are open. */
  uploads(): number;
  /** Keys that were deleted, in order. */
  readonly deleted: string[];
  /** Every request from now on throws this; undefined: none does. */
  breaks?: ObjectStoreError | undefined;
  /** Lists answer as the bucket was then; undefined: as it is. */
  listed?: readonly string[] | undefined;
  /** Counts requests by name. */
  readonly requests: Record<string, number>;
  put(key: string, body: string | Buffer, options?: UploadOptions): void;
  lock(key: string, until: number): void;
  open(change?: <T>(what: string, run: () => T) => Promise<T>): ObjectStore;
}

/** `now`: wall clock, milliseconds. */
export function memoryBucket(now: () => number, bucket = 'backups'): MemoryBucket {
  const objects = new Map<string, Version>();
  let count = 0;
  const uploads = new Map<string, Upload>();
  const uploadOf = (uploadId: string): Upload => {
    const found = uploads.get(uploadId);
    if (!found) throw new ObjectStoreError('NoSuchUpload', `there is no upload ${uploadId}`);
    return found;
  };
  const partsOf = (uploadId: string): UploadedPart[] => {
    const { body } = uploadOf(uploadId);
    const etag = createHash('md5').update(body).digest('hex');
    return [{ number: 1, etag, sizeBytes: body.length, crc32: 'as-it-was-sent' }];
  };
  const self: MemoryBucket = {
    keys: () => [...objects.keys()].sort(),
    uploads: () => uploads.size,
    deleted: [],
    requests: {},
    put(key, body, options = {}) {
      const bytes = Buffer.from(body);
      const id = `v${++count}`;
      objects.set(key, {
        id,
        body: bytes,
        facts: {
          key,
          sizeBytes: bytes.length,
          etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
          versionId: id,
          metadata: { ...options.metadata },
          ...(options.lock ? { retainUntil: options.lock.until } : {}),
        },
      });
    },
    lock(key, until) {
      const found = objects.get(key);
      if (found) objects.set(key, { ...found, facts: { ...found.facts, retainUntil: new Date(until) } });
    },
    open(change = (_, run) => Promise.resolve().then(run)) {
      const asked = (name: string): void => {
        self.requests[name] = (self.requests[name] ?? 0) + 1;
        if (self.breaks) throw self.breaks;
      };
      return {
        bucket,
        async head(key) {
          await Promise.resolve();
          asked('head');
          return objects.get(key)?.facts;
        },
        put: (key, body, options = {}) =>
          change(`put ${key}`, () => {
            asked('put');
            if (options.onlyCreate && objects.has(key)) return 'exists';
            self.put(key, Buffer.from(body), options);
            return 'written';
          }),
        async get(key) {
          await Promise.resolve();
          asked('get');
          return objects.get(key)?.body;
        },
        async *list(prefix) {
          await Promise.resolve();
          asked('list');
          for (const key of self.listed ?? self.keys()) {
            const facts = objects.get(key)?.facts;
            if (key.startsWith(prefix))
              yield { key, sizeBytes: facts?.sizeBytes ?? 0, etag: facts?.etag ?? 'gone' };
          }
        },
        delete: (key) =>
          change(`delete ${key}`, () => {
            asked('delete');
            const until = objects.get(key)?.facts.retainUntil;
            if (until && until.getTime() > now()) {
              throw new ObjectStoreError('AccessDenied', `s3://${bucket}/${key} is locked`);
            }
            if (objects.delete(key)) self.deleted.push(key);
          }),
        async *listUploads(prefix) {
          await Promise.resolve();
          asked('listUploads');
          for (const { key, uploadId, initiated } of [...uploads.values()]) {
            if (key.startsWith(prefix)) yield { key, uploadId, initiated };
          }
        },
        openUpload: (key, options = {}) =>
          change(`open an upload of ${key}`, () => {
            asked('openUpload');
            const uploadId = `u${++count}`;
            uploads.set(uploadId, {
              key,
              uploadId,
              initiated: new Date(now()),
              options,
              body: Buffer.alloc(0),
            });
            return uploadId;
          }),
        async sendParts(key, uploadId, source) {
          const pieces: Buffer[] = [];
          for await (const piece of source) pieces.push(Buffer.from(piece));
          return change(`send parts of ${key}`, () => {
            asked('sendParts');
            const upload = uploadOf(uploadId);
            uploads.set(uploadId, { ...upload, body: Buffer.concat(pieces) });
            const parts = partsOf(uploadId);
            return { parts, sizeBytes: parts[0]!.sizeBytes, crc32: parts[0]!.crc32 };
          });
        },
        async listParts(_key, uploadId) {
          await Promise.resolve();
          asked('listParts');
          return partsOf(uploadId);
        },
        completeUpload: (key, uploadId, _parts, { onlyCreate } = {}) =>
          change(`complete ${key}`, () => {
            asked('completeUpload');
            const { body, options } = uploadOf(uploadId);
            if (onlyCreate && objects.has(key))
              throw new ObjectStoreError('PreconditionFailed', 'it is there');
            uploads.delete(uploadId);
            self.put(key, body, options);
          }),
        abortUpload: (key, uploadId) =>
          change(`abort an upload of ${key}`, () => {
            asked('abortUpload');
            uploads.delete(uploadId);
          }),
        async *read(key, { start = 0 }) {
          await Promise.resolve();
          asked('read');
          const found = objects.get(key);
          if (!found) throw new ObjectStoreError('NotFound', `s3://${bucket}/${key} is not there`);
          yield found.body.subarray(start);
        },
        bucketFeatures: () => Promise.resolve({}),
        close: () => undefined,
      };
    },
  };
  return self;
}
