import { type CreateMultipartUploadCommandInput, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { type ObjectFacts, type UploadOptions } from './facts.ts';

/** What is said of an object, as its making request writes it. Pure. */
export function writeFields(
  options: UploadOptions,
): Omit<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'> {
  const { metadata, contentType, encryption, storageClass, tags, lock } = options;
  return {
    ...(metadata ? { Metadata: { ...metadata } } : {}),
    ...(contentType === undefined ? {} : { ContentType: contentType }),
    ...(encryption?.mode === 'S3' ? { ServerSideEncryption: 'AES256' } : {}),
    ...(encryption?.mode === 'KMS'
      ? {
          ServerSideEncryption: 'aws:kms',
          BucketKeyEnabled: true,
          ...(encryption.kmsKeyId === undefined ? {} : { SSEKMSKeyId: encryption.kmsKeyId }),
        }
      : {}),
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as 'STANDARD' }),
    ...(tags ? { Tagging: new URLSearchParams(tags).toString() } : {}),
    ...(lock ? { ObjectLockMode: lock.mode, ObjectLockRetainUntilDate: lock.until } : {}),
  };
}

/** What a HEAD says. Pure. */
export function factsOf(key: string, head: HeadObjectCommandOutput): ObjectFacts {
  return {
    key,
    sizeBytes: head.ContentLength ?? 0,
    etag: head.ETag ?? '',
    metadata: head.Metadata ?? {},
    ...(head.VersionId === undefined ? {} : { versionId: head.VersionId }),
    // That of parts has their number behind a dash and says nothing of the whole.
    ...(head.ChecksumCRC32 === undefined || head.ChecksumCRC32.includes('-')
      ? {}
      : { crc32: head.ChecksumCRC32 }),
    ...(head.ObjectLockRetainUntilDate === undefined ? {} : { retainUntil: head.ObjectLockRetainUntilDate }),
  };
}
