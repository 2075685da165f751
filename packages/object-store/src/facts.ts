/** Encryption by the store; `BucketDefault` leaves it to the bucket. */
export type Encryption =
  | { readonly mode: 'BucketDefault' }
  | { readonly mode: 'S3' }
  | { readonly mode: 'KMS'; readonly kmsKeyId?: string };

/** What is said of an object when it is made. */
export interface UploadOptions {
  /** `x-amz-meta-*`; keys in lower case. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly encryption?: Encryption;
  readonly storageClass?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Locked until then. */
  readonly lock?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly until: Date };
}

/** What a store says of an object. */
export interface ObjectFacts {
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly versionId?: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** CRC32 over the whole object, base64, when the store kept it. */
  readonly crc32?: string;
  readonly retainUntil?: Date;
}

/** One multipart upload that is open. */
export interface UploadFacts {
  readonly key: string;
  readonly uploadId: string;
  readonly initiated?: Date;
}
