import { conditionFields, timestamp, type CustomObject, type Kind } from '@stateful/crd-kit';
import * as z from 'zod';
import { s3StoreSchema } from './s3-store.ts';

/** Where backups go: what a BackupStore says, and what other kinds may hold in place of a reference to one. */
export const storeSchema = z.object({ s3: s3StoreSchema.describe('A bucket of an S3 store.') });

export const backupStoreSpecSchema = storeSchema.extend({
  probe: z
    .object({
      periodSeconds: z.int().min(30).max(86400).default(300).describe('Time between two probes.'),
    })
    .default({ periodSeconds: 300 })
    .describe('How often it is looked whether the store can be reached and what it can do.'),
});

const capability = (what: string) => z.enum(['Supported', 'Unsupported', 'Unknown']).describe(what);

export const backupStoreStatusSchema = z.object({
  ...conditionFields,
  lastProbeTime: timestamp().optional().describe('When the store was last looked at.'),
  capabilities: z
    .object({
      conditionalPut: capability('PutObject with If-None-Match.'),
      conditionalComplete: capability('CompleteMultipartUpload with If-None-Match.'),
      fullObjectChecksum: capability('A checksum over a whole multipart object.'),
      listMultipartUploads: capability('ListMultipartUploads by key.'),
      versioning: capability('The bucket keeps versions.'),
      objectLock: capability('The bucket has Object Lock.'),
    })
    .optional()
    .describe('What the last probe found the store to be able to do.'),
});

export type BackupStoreSpec = z.output<typeof backupStoreSpecSchema>;
export type BackupStoreStatus = z.output<typeof backupStoreStatusSchema>;
export type BackupStore = CustomObject<BackupStoreSpec, BackupStoreStatus>;
/** A store, inline or as a BackupStore says it. */
export type Store = z.output<typeof storeSchema>;

export const backupStoreKind: Kind = {
  group: 'db.example.com',
  kind: 'BackupStore',
  plural: 'backupstores',
  singular: 'backupstore',
  shortNames: ['bstore'],
  categories: ['stateful'],
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      storage: true,
      spec: backupStoreSpecSchema,
      status: backupStoreStatusSchema,
      columns: [
        { name: 'Bucket', type: 'string', jsonPath: '.spec.s3.bucket' },
        {
          name: 'Available',
          type: 'string',
          jsonPath: '.status.conditions[?(@.type=="Available")].status',
        },
        { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Available")].reason' },
        { name: 'Endpoint', type: 'string', jsonPath: '.spec.s3.endpoint', priority: 1 },
        { name: 'Last Probe', type: 'date', jsonPath: '.status.lastProbeTime', priority: 1 },
        { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
      ],
    },
  ],
};
