import { localReference, objectName, rules } from '@stateful/crd-kit';
import * as z from 'zod';

const credentials = z
  .object({
    secretRef: localReference('Secret with `accessKeyId` and `secretAccessKey`').optional(),
    assumeRole: z
      .object({
        roleARN: z
          .string()
          .max(2048)
          .regex(/^arn:[a-z-]+:iam::[0-9]{12}:role\/.+$/)
          .describe('ARN of the role.'),
        externalID: z.string().min(2).max(1224).optional().describe('External ID that the role asks for.'),
      })
      .optional()
      .describe('Take on this role first, with the identity of the operator’s pod.'),
  })
  .meta(
    rules({
      rule: 'has(self.secretRef) != has(self.assumeRole)',
      message: 'exactly one of `secretRef` and `assumeRole` must be set',
    }),
  )
  .optional()
  .describe('How requests are signed; without it with the identity of the operator’s pod (default chain).');

const encryption = z
  .object({
    mode: z
      .enum(['BucketDefault', 'S3', 'KMS'])
      .describe('BucketDefault: as the bucket says. S3: keys of S3. KMS: a key of KMS.'),
    kmsKeyID: z
      .string()
      .min(1)
      .max(2048)
      .optional()
      .describe('Key for mode KMS; the account’s own without it.'),
  })
  .meta(
    rules({
      rule: "!has(self.kmsKeyID) || self.mode == 'KMS'",
      message: '`kmsKeyID` must be set with mode `KMS` only',
      fieldPath: '.kmsKeyID',
    }),
  )
  .default({ mode: 'BucketDefault' })
  .describe('Encryption by the store.');

const objectLock = z
  .object({
    mode: z.enum(['Governance', 'Compliance']).describe('Who may lift the lock: some, or nobody.'),
    days: z.int().min(1).max(36500).describe('How long an object is locked from its creation on.'),
  })
  .optional()
  .describe('Locks every object against deletion. The bucket must have Object Lock enabled.');

/** A place in an S3 store: the bucket, how to reach it, how to write to it. */
export const s3StoreSchema = z.object({
  bucket: z
    .string()
    .min(3)
    .max(63)
    .regex(/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/)
    .describe('Name of the bucket. It must exist.'),
  prefix: z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9._/-]*$/)
    .default('')
    .describe('Path in the bucket under which everything stands.'),
  region: z.string().min(1).max(63).default('us-east-1').describe('Region that requests are signed for.'),
  endpoint: z
    .string()
    .max(253)
    .regex(/^https?:\/\/[A-Za-z0-9.:[\]-]+$/)
    .optional()
    .describe('URL of an S3 server that is not Amazon’s: `https://HOST[:PORT]`.'),
  addressing: z
    .enum(['Auto', 'Path', 'VirtualHost'])
    .default('Auto')
    .describe('Where the bucket stands in a URL. Auto: in the path with an `endpoint`, else in the host.'),
  caSecretRef: localReference('Secret with the certificate of a private authority in `ca.crt`').optional(),
  expectedBucketOwner: z
    .string()
    .max(12)
    .regex(/^[0-9]{12}$/)
    .optional()
    .describe('Account that must own the bucket, so that nothing goes to another’s of the same name.'),
  credentials,
  encryption,
  checksum: z
    .enum(['CRC32', 'Never'])
    .default('CRC32')
    .describe(
      'Checksum over the whole object, which the store verifies and keeps. Never: for a store that refuses it; the SHA-256 in the manifest is there in any case.',
    ),
  conditionalWrites: z
    .enum(['Auto', 'Required', 'Never'])
    .default('Auto')
    .describe('Whether an object may be written only where there is none. Auto: where the store can.'),
  partSizeMiB: z.int().min(5).max(1024).default(16).describe('Size of the parts of an upload.'),
  concurrency: z.int().min(1).max(32).default(4).describe('Parts under way at a time.'),
  maxBytesPerSecond: z
    .int()
    .min(65536)
    .max(107374182400)
    .optional()
    .describe('Slows uploads and downloads down to this.'),
  objectLock,
  storageClass: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Z0-9_]+$/)
    .optional()
    .describe('Storage class of the objects, such as `STANDARD_IA`.'),
  tags: z
    .record(z.string(), z.string().max(256))
    .optional()
    .meta({ kubernetes: { maxProperties: 8 } })
    .describe('Tags of every object.'),
});

/** Name of a BackupStore in the same namespace. */
export const storeReferenceSchema = z.object({
  name: objectName().describe('Name of the BackupStore in this namespace.'),
});

export type S3Store = z.output<typeof s3StoreSchema>;
