import { storeReferenceSchema, storeSchema } from '@stateful/backup-store-api';
import { immutable, localReference, rules } from '@stateful/crd-kit';
import * as z from 'zod';
import { etcdClusterSchema } from './etcd-cluster.ts';
import { verifySchema } from './verification.ts';

const snapshotSchema = z
  .object({
    member: z
      .enum(['PreferFollower', 'Leader', 'MostAdvanced', 'Endpoint'])
      .default('PreferFollower')
      .describe('The member that is read.'),
    endpoint: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('The member, for `Endpoint`: one of the endpoints.'),
    maxRaftLag: z
      .int()
      .min(0)
      .max(2147483647)
      .default(1000)
      .describe('Members whose applied index is further behind the most advanced one are not read.'),
    quorum: z
      .enum(['Required', 'NotRequired'])
      .default('Required')
      .describe('Whether most of the members must answer before one is read.'),
    onCorruptAlarm: z
      .enum(['Fail', 'Proceed'])
      .default('Fail')
      .describe('What to do while a member reports that it is corrupt.'),
    crossMemberHash: z
      .enum(['Never', 'SameRevision', 'Required'])
      .default('SameRevision')
      .describe(
        'Whether other members are asked for their HashKV at the saved revision, and whether they must agree.',
      ),
    idleTimeoutSeconds: z
      .int()
      .min(5)
      .max(3600)
      .default(60)
      .describe('A stream that brings nothing for this long is given up.'),
  })
  .meta(
    rules({
      rule: "has(self.endpoint) == (self.member == 'Endpoint')",
      message: '`endpoint` must be set with member `Endpoint`, and only then',
      fieldPath: '.endpoint',
    }),
  );

const ebsSchema = z.object({
  volumeIDs: z
    .array(
      z
        .string()
        .max(32)
        .regex(/^vol-[0-9a-f]+$/),
    )
    .min(1)
    .max(9)
    .meta({ kubernetes: { listType: 'set' } })
    .describe('Volumes to snapshot.'),
  region: z.string().min(1).max(63).default('us-east-1').describe('Region of the volumes.'),
  endpoint: z
    .string()
    .max(253)
    .regex(/^https?:\/\/[A-Za-z0-9.:[\]-]+$/)
    .optional()
    .describe('URL of an EC2 server that is not Amazon’s.'),
  credentialsSecretRef: localReference('Secret with `accessKeyId` and `secretAccessKey`').optional(),
  tags: z
    .record(z.string(), z.string().max(256))
    .optional()
    .meta({ kubernetes: { maxProperties: 40 } })
    .describe('Tags of every snapshot, beside the operator’s own.'),
  settleWindowSeconds: z
    .int()
    .min(10)
    .max(3600)
    .default(120)
    .describe('How long a request whose answer was lost may take to show before it is made again.'),
});

/** What a schedule hands to each of its backups, and what a backup made by hand says. */
export const backupTemplateShape = {
  cluster: etcdClusterSchema.describe('The etcd cluster.'),
  method: z
    .enum(['Snapshot', 'EbsVolume'])
    .default('Snapshot')
    .describe('Snapshot: etcd’s own, streamed to a store. EbsVolume: snapshots of the members’ volumes.'),
  snapshot: snapshotSchema.optional().describe('For method Snapshot.'),
  ebs: ebsSchema.optional().describe('For method EbsVolume.'),
  storeRef: storeReferenceSchema.optional().describe('BackupStore that the backup goes to.'),
  store: storeSchema.optional().describe('The same, without a BackupStore.'),
  verify: verifySchema
    .default({ level: 'HashKV' })
    .describe('How much is checked before the backup counts as verified.'),
  retry: z
    .object({
      maxAttempts: z.int().min(1).max(100).default(6).describe('Attempts before the backup has failed.'),
      baseSeconds: z
        .int()
        .min(1)
        .max(3600)
        .default(5)
        .describe('Longest wait after the first attempt; it doubles.'),
      capSeconds: z.int().min(1).max(86400).default(300).describe('Longest wait after any attempt.'),
    })
    .default({ maxAttempts: 6, baseSeconds: 5, capSeconds: 300 })
    .describe('What happens after an attempt that failed.'),
  activeDeadlineSeconds: z
    .int()
    .min(30)
    .max(604800)
    .optional()
    .describe('The backup has failed when it is not complete after this long.'),
  deletionPolicy: z
    .enum(['Retain', 'Delete'])
    .default('Retain')
    .describe('What becomes of the data when the EtcdBackup is deleted. Can be changed.'),
  ttlSecondsAfterFinished: z
    .int()
    .min(0)
    .max(315360000)
    .optional()
    .describe(
      'The EtcdBackup is deleted this long after its end; the data never is by this. Can be changed.',
    ),
};

export const backupTemplateRules = [
  {
    rule: "!has(self.snapshot) || self.method == 'Snapshot'",
    message: '`snapshot` must be set with method `Snapshot` only',
    fieldPath: '.snapshot',
  },
  {
    rule: "has(self.ebs) == (self.method == 'EbsVolume')",
    message: '`ebs` must be set with method `EbsVolume`, and only then',
    fieldPath: '.ebs',
  },
  {
    rule: '!(has(self.storeRef) && has(self.store))',
    message: 'at most one of `storeRef` and `store` must be set',
    fieldPath: '.store',
  },
  {
    rule: "self.method == 'EbsVolume' || has(self.storeRef) || has(self.store)",
    message: 'method `Snapshot` needs a `storeRef` or a `store` to write to',
    fieldPath: '.storeRef',
  },
];

/** A template as it stands in a schedule. */
export const backupTemplateSchema = z.object(backupTemplateShape).meta(rules(...backupTemplateRules));

export const etcdBackupSpecSchema = z
  .object({
    ...backupTemplateShape,
    hold: z
      .boolean()
      .optional()
      .describe('Neither retention nor deletion touches the data while this is true. Can be changed.'),
  })
  .meta(
    rules(
      ...backupTemplateRules,
      ...immutable(
        'a backup is one request; create another EtcdBackup',
        'cluster',
        'method',
        'snapshot',
        'ebs',
        'storeRef',
        'store',
        'verify',
        'retry',
        'activeDeadlineSeconds',
      ),
    ),
  );

export type EtcdBackupSpec = z.output<typeof etcdBackupSpecSchema>;
export type EtcdBackupTemplate = z.output<typeof backupTemplateSchema>;
