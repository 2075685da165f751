import { type Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { systemClock, systemRandom, type Clock, type Random } from '@stateful/reconcile-sdk';
import { crc32, crc32Text } from './crc32.ts';
import { eachChunk } from './each-chunk.ts';
import { bounded, type Caller } from './caller.ts';
import { type ObjectFacts, type UploadFacts, type UploadOptions } from './facts.ts';
import { type StoreLocation } from './location.ts';
import { rangesOf } from './part-plan.ts';
import { inOrder } from './in-order.ts';
import { factsOf, writeFields } from './requests.ts';
import { retryPolicy, type RetryPolicy } from './retry.ts';
import { createS3Client } from './s3-client.ts';
import { hasStoreCode, ObjectStoreError } from './store-error.ts';
import { createThrottle } from './throttle.ts';
import { uploadParts, type UploadedPart, type UploadedParts, type UploadProgress } from './upload-parts.ts';

export interface ObjectStoreOptions {
  readonly location: StoreLocation;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly retry?: RetryPolicy;
  /** One request, one part included, is given up after this long. Default 60 s. */
  readonly requestTimeoutMs?: number;
  /** Made from the location by default. */
  readonly client?: S3Client;
}

interface Cancel {
  readonly signal?: AbortSignal;
}

/** One bucket. Every call retries what a retry can cure, within its signal, and throws ObjectStoreError. */
export interface ObjectStore {
  readonly bucket: string;
  /** Undefined: there is none of that key. */
  head(key: string, options?: Cancel & { versionId?: string }): Promise<ObjectFacts | undefined>;
  /** Answers `exists` when `onlyCreate` met an object of that key. */
  put(
    key: string,
    body: Uint8Array,
    options?: UploadOptions & Cancel & { onlyCreate?: boolean },
  ): Promise<'written' | 'exists'>;
  /** A small object as a whole; undefined: there is none. */
  get(key: string, options?: Cancel & { versionId?: string }): Promise<Buffer | undefined>;
  /**
   * An object, or from `start` on, as pieces in order; up to `concurrency` ranges are on their way. Each is asked for again
   * where it broke off. `etag` makes sure that all are of the same object. A piece is valid until the next is asked for.
   */
  read(
    key: string,
    options: Cancel & {
      sizeBytes: number;
      etag: string;
      start?: number;
      versionId?: string;
      rangeSize: number;
      concurrency: number;
    },
  ): AsyncGenerator<Buffer>;
  list(prefix: string, options?: Cancel): AsyncGenerator<{ key: string; sizeBytes: number; etag: string }>;
  /** One that is not there counts as deleted. */
  delete(key: string, options?: Cancel & { versionId?: string }): Promise<void>;
  /** Opens a multipart upload; nothing is visible until it is completed. Not retried: a lost answer leaves an upload. */
  openUpload(key: string, options?: UploadOptions & Cancel): Promise<string>;
  sendParts(
    key: string,
    uploadId: string,
    source: AsyncIterable<Uint8Array>,
    options: Cancel & {
      partSize: number;
      concurrency: number;
      onProgress?: (progress: UploadProgress) => void;
    },
  ): Promise<UploadedParts>;
  /** What the store has of an upload. Throws NoSuchUpload. */
  listParts(key: string, uploadId: string, options?: Cancel): Promise<UploadedPart[]>;
  /**
   * The one step in which an object becomes visible. `onlyCreate`: throws PreconditionFailed where there is one. Not
   * retried: after Network, Timeout, Unavailable, Conflict and NoSuchUpload only `head` can say what became of it.
   */
  completeUpload(
    key: string,
    uploadId: string,
    parts: UploadedParts,
    options?: Cancel & { onlyCreate?: boolean },
  ): Promise<void>;
  /** One that is not there counts as aborted. */
  abortUpload(key: string, uploadId: string, options?: Cancel): Promise<void>;
  listUploads(prefix: string, options?: Cancel): AsyncGenerator<UploadFacts>;
  /** What the bucket was set up for; undefined: it is not allowed to ask, or the store cannot tell. */
  bucketFeatures(options?: Cancel): Promise<{ versioning?: boolean; objectLock?: boolean }>;
  close(): void;
}

/** Opens a store; nothing is asked of it before the first call. */
export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  const { location, clock = systemClock, random = systemRandom } = options;
  const { checksums = true } = location;
  const throttle = createThrottle(location.maxBytesPerSecond, clock);
  const client = options.client ?? createS3Client(location);
  const { bucket } = location;
  const of = {
    Bucket: bucket,
    ...(location.expectedBucketOwner === undefined
      ? {}
      : { ExpectedBucketOwner: location.expectedBucketOwner }),
  };
  const caller: Caller = bounded({
    clock,
    random,
    policy: options.retry ?? retryPolicy,
    timeoutMs: options.requestTimeoutMs ?? 60_000,
    bucket,
  });
  const { once, again } = caller;
  const checksumOf = (value: string) => (checksums ? { ChecksumCRC32: value } : {});

  async function fetchRange(
    key: string,
    query: object,
    range: { first: number; last: number },
    memory: Buffer,
    signal?: AbortSignal,
  ) {
    const buffer = memory.subarray(0, range.last - range.first + 1);
    let filled = 0;
    await throttle.take(buffer.length, signal);
    // A range that broke off is asked for again from there.
    await again('s3:GetObject', key, signal, async (abortSignal) => {
      const { Body } = await client.send(
        new GetObjectCommand({
          ...of,
          Key: key,
          Range: `bytes=${range.first + filled}-${range.last}`,
          ...query,
        }),
        { abortSignal },
      );
      await eachChunk(Body as Readable, (chunk) => {
        buffer.set(chunk, filled);
        filled += chunk.length;
      });
      if (filled < buffer.length) throw new ObjectStoreError('Network', `s3://${bucket}/${key} broke off`);
    });
    return { buffer, memory };
  }

  return {
    bucket,
    async head(key, { signal, versionId } = {}) {
      try {
        return await again('s3:GetObject', key, signal, async (abortSignal) =>
          factsOf(
            key,
            await client.send(
              new HeadObjectCommand({
                ...of,
                Key: key,
                ...(versionId === undefined ? {} : { VersionId: versionId }),
                ...(checksums ? { ChecksumMode: 'ENABLED' } : {}),
              }),
              { abortSignal },
            ),
          ),
        );
      } catch (error) {
        if (hasStoreCode(error, 'NotFound')) return undefined;
        throw error;
      }
    },
    async put(key, body, { signal, onlyCreate, ...fields } = {}) {
      try {
        await again('s3:PutObject', key, signal, (abortSignal) =>
          client.send(
            new PutObjectCommand({
              ...of,
              ...writeFields(fields),
              Key: key,
              Body: body,
              ...checksumOf(crc32Text(crc32(body))),
              ...(onlyCreate ? { IfNoneMatch: '*' } : {}),
            }),
            { abortSignal },
          ),
        );
        return 'written';
      } catch (error) {
        if (onlyCreate && hasStoreCode(error, 'PreconditionFailed')) return 'exists';
        throw error;
      }
    },
    async get(key, { signal, versionId } = {}) {
      try {
        return await again('s3:GetObject', key, signal, async (abortSignal) => {
          const { Body } = await client.send(
            new GetObjectCommand({
              ...of,
              Key: key,
              ...(versionId === undefined ? {} : { VersionId: versionId }),
            }),
            { abortSignal },
          );
          return Buffer.from((await Body?.transformToByteArray()) ?? []);
        });
      } catch (error) {
        if (hasStoreCode(error, 'NotFound')) return undefined;
        throw error;
      }
    },
    async *read(key, { sizeBytes, etag, start = 0, versionId, rangeSize, concurrency, signal }) {
      const query = { IfMatch: etag, ...(versionId === undefined ? {} : { VersionId: versionId }) };
      const free: Buffer[] = [];
      const pieces = inOrder(rangesOf(start, sizeBytes, rangeSize), concurrency, signal, (range, until) =>
        fetchRange(key, query, range, free.pop() ?? Buffer.allocUnsafeSlow(rangeSize), until),
      );
      for await (const { buffer, memory } of pieces) {
        yield buffer;
        free.push(memory);
      }
    },
    async *list(prefix, { signal } = {}) {
      let token: string | undefined;
      do {
        const page = await again('s3:ListBucket', prefix, signal, (abortSignal) =>
          client.send(
            new ListObjectsV2Command({
              ...of,
              Prefix: prefix,
              ...(token === undefined ? {} : { ContinuationToken: token }),
            }),
            { abortSignal },
          ),
        );
        for (const { Key, Size, ETag } of page.Contents ?? [])
          yield { key: Key ?? '', sizeBytes: Size ?? 0, etag: ETag ?? '' };
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },
    async delete(key, { signal, versionId } = {}) {
      await again('s3:DeleteObject', key, signal, (abortSignal) =>
        client.send(
          new DeleteObjectCommand({
            ...of,
            Key: key,
            ...(versionId === undefined ? {} : { VersionId: versionId }),
          }),
          { abortSignal },
        ),
      ).catch((error: unknown) => {
        if (!hasStoreCode(error, 'NotFound')) throw error;
      });
    },
    async openUpload(key, { signal, ...fields } = {}) {
      const { UploadId } = await once('s3:PutObject', key, signal, (abortSignal) =>
        client.send(
          new CreateMultipartUploadCommand({
            ...of,
            ...writeFields(fields),
            Key: key,
            ...(checksums ? { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } : {}),
          }),
          { abortSignal },
        ),
      );
      if (UploadId === undefined) throw new ObjectStoreError('BadRequest', 'the store named no upload');
      return UploadId;
    },
    sendParts(key, uploadId, source, { signal, ...rest }) {
      return uploadParts({
        ...rest,
        source,
        ...(signal ? { signal } : {}),
        send: async (part, until) => {
          await throttle.take(part.data.length, until);
          const { ETag } = await again('s3:PutObject', key, until, (abortSignal) =>
            client.send(
              new UploadPartCommand({
                ...of,
                Key: key,
                UploadId: uploadId,
                PartNumber: part.number,
                Body: part.data,
                ContentLength: part.data.length,
                ...checksumOf(part.crc32),
              }),
              { abortSignal },
            ),
          );
          return ETag ?? '';
        },
      });
    },
    async listParts(key, uploadId, { signal } = {}) {
      const parts: UploadedPart[] = [];
      let marker: string | undefined;
      do {
        const page = await again('s3:ListMultipartUploadParts', key, signal, (abortSignal) =>
          client.send(
            new ListPartsCommand({
              ...of,
              Key: key,
              UploadId: uploadId,
              ...(marker === undefined ? {} : { PartNumberMarker: marker }),
            }),
            { abortSignal },
          ),
        );
        for (const { PartNumber, ETag, Size, ChecksumCRC32 } of page.Parts ?? []) {
          parts.push({
            number: PartNumber ?? 0,
            etag: ETag ?? '',
            sizeBytes: Size ?? 0,
            crc32: ChecksumCRC32 ?? '',
          });
        }
        marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
      } while (marker !== undefined);
      return parts.sort((a, b) => a.number - b.number);
    },
    async completeUpload(key, uploadId, sent, { signal, onlyCreate } = {}) {
      await once('s3:PutObject', key, signal, (abortSignal) =>
        client.send(
          new CompleteMultipartUploadCommand({
            ...of,
            Key: key,
            UploadId: uploadId,
            MultipartUpload: {
              Parts: sent.parts.map(({ number, etag, crc32: checksum }) => ({
                PartNumber: number,
                ETag: etag,
                ...(checksum === '' ? {} : checksumOf(checksum)),
              })),
            },
            ...(checksums ? { ChecksumCRC32: sent.crc32, ChecksumType: 'FULL_OBJECT' } : {}),
            MpuObjectSize: sent.sizeBytes,
            ...(onlyCreate ? { IfNoneMatch: '*' } : {}),
          }),
          { abortSignal },
        ),
      );
    },
    async abortUpload(key, uploadId, { signal } = {}) {
      await again('s3:AbortMultipartUpload', key, signal, (abortSignal) =>
        client.send(new AbortMultipartUploadCommand({ ...of, Key: key, UploadId: uploadId }), {
          abortSignal,
        }),
      ).catch((error: unknown) => {
        if (!hasStoreCode(error, 'NoSuchUpload', 'NotFound')) throw error;
      });
    },
    async *listUploads(prefix, { signal } = {}) {
      let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
      do {
        const from: object = marker;
        const page = await again('s3:ListBucketMultipartUploads', prefix, signal, (abortSignal) =>
          client.send(new ListMultipartUploadsCommand({ ...of, Prefix: prefix, ...from }), { abortSignal }),
        );
        for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
          yield { key: Key ?? '', uploadId: UploadId ?? '', ...(Initiated ? { initiated: Initiated } : {}) };
        }
        marker = page.IsTruncated
          ? { KeyMarker: page.NextKeyMarker ?? '', UploadIdMarker: page.NextUploadIdMarker ?? '' }
          : undefined;
      } while (marker !== undefined);
    },
    async bucketFeatures({ signal } = {}) {
      const told = async (
        permission: string,
        ask: (abortSignal: AbortSignal) => Promise<boolean>,
      ): Promise<boolean | undefined> => {
        try {
          return await again(permission, '', signal, ask);
        } catch (error) {
          // A bucket without a configuration of locks says so by this.
          if (hasStoreCode(error, 'NotFound')) return false;
          if (hasStoreCode(error, 'AccessDenied', 'NotSupported', 'BadRequest')) return undefined;
          throw error;
        }
      };
      const [versioning, objectLock] = await Promise.all([
        told('s3:GetBucketVersioning', async (abortSignal) => {
          const { Status } = await client.send(new GetBucketVersioningCommand(of), { abortSignal });
          return Status === 'Enabled';
        }),
        told('s3:GetBucketObjectLockConfiguration', async (abortSignal) => {
          const answer = await client.send(new GetObjectLockConfigurationCommand(of), { abortSignal });
          return answer.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
        }),
      ]);
      return {
        ...(versioning === undefined ? {} : { versioning }),
        ...(objectLock === undefined ? {} : { objectLock }),
      };
    },
    close: () => client.destroy(),
  };
}
