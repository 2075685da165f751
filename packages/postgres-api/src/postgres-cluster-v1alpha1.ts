import * as z from 'zod';
import { type KubernetesMeta, type ValidationRule } from '@stateful/crd-kit';

const rules = (...all: ValidationRule[]): { kubernetes: KubernetesMeta } => ({ kubernetes: { rules: all } });

const secretName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);

/** A place in an S3 store. The Secret holds `accessKeyId`, `secretAccessKey` and, for a private CA, `ca.crt`. */
export const backupStoreSchema = z
  .object({
    endpoint: z
      .string()
      .max(253)
      .regex(/^https:\/\/[^/\s]+$/)
      .describe('URL of the S3 server, https only: `https://HOST[:PORT]`.'),
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
      .describe('Name of the bucket. It must exist.'),
    region: z.string().min(1).max(63).default('us-east-1').describe('Region that requests are signed for.'),
    prefix: z
      .string()
      .max(200)
      .regex(/^[A-Za-z0-9._/-]*$/)
      .default('')
      .describe('Path in the bucket under which all repositories of this operator stand.'),
    credentialsSecret: secretName.describe(
      'Secret in this namespace with `accessKeyId`, `secretAccessKey` and optionally `ca.crt`.',
    ),
  })
  .describe('Where backups and archived write-ahead log go.');

export const restoreFromSchema = z
  .object({
    cluster: z
      .string()
      .max(50)
      .optional()
      .describe('Name of a PostgresCluster in this namespace whose newest backup is restored.'),
    path: z
      .string()
      .max(300)
      .optional()
      .describe('Path of a repository in the bucket, as `status.backupRepository` of its cluster showed it.'),
    targetTime: z
      .string()
      .meta({ format: 'date-time' })
      .max(40)
      .optional()
      .describe('Recover to this moment (RFC 3339); without it to the end of the archive.'),
  })
  .meta(
    rules({
      rule: 'has(self.cluster) != has(self.path)',
      message: 'exactly one of `cluster` and `path` must be set',
    }),
  )
  .describe('Create the cluster from a backup instead of empty. Read once, when the cluster is created.');

export const postgresClusterSpecSchema = z
  .object({
    replicas: z.int().min(1).max(15).describe('Number of instances, the primary among them.'),
    version: z
      .string()
      .max(32)
      .regex(/^\d+\.\d+\.\d+$/)
      .describe(
        'Postgres version and image revision: MAJOR.MINOR.REVISION, one that the operator has an image for.',
      ),
    storage: z
      .object({
        size: z
          .string()
          .max(32)
          .regex(/^[1-9][0-9]*(Ki|Mi|Gi|Ti|Pi)$/)
          .describe('Size of each instance’s volume, such as `10Gi`. It can grow, never shrink.'),
        class: z
          .string()
          .max(253)
          .optional()
          .describe('StorageClass of the volumes; the default class when not set. Cannot be changed.'),
      })
      .default({ size: '1Gi' })
      .meta(
        rules({
          rule: 'has(self.class) == has(oldSelf.class) && (!has(self.class) || self.class == oldSelf.class)',
          message: '`class` cannot be changed: volumes keep the class they were made with',
          fieldPath: '.class',
        }),
      ),
    synchronous: z
      .enum(['Required', 'Preferred', 'Never'])
      .optional()
      .describe(
        'Required: a commit is acknowledged only when enough replicas hold it, so that no failover loses it (default from 3 instances on). Preferred: without waiting for a missing replica (default below). Never: without waiting at all.',
      ),
    parameters: z
      .record(z.string(), z.string().max(1024))
      .optional()
      .describe('Settings for postgresql.conf. Those that the operator manages are refused.'),
    backupSchedule: z
      .string()
      .max(5)
      .regex(/^[0-9]{2}:[0-9]{2}$/)
      .meta(
        rules({
          rule: "self.matches('^([01][0-9]|2[0-3]):[0-5][0-9]$')",
          message: 'must be a time of day in UTC from 00:00 to 23:59',
        }),
      )
      .optional()
      .describe('Time of the daily backup, `HH:MM` in UTC. Needs `backupStore`.'),
    retentionDays: z.int().min(1).max(3650).default(7).describe('How many days back backups are kept.'),
    backupStore: backupStoreSchema.optional(),
    restoreFrom: restoreFromSchema.optional(),
  })
  .meta(
    rules(
      {
        rule: '!has(self.backupSchedule) || has(self.backupStore)',
        message: 'a backup schedule needs a `backupStore` to write to',
        fieldPath: '.backupSchedule',
      },
      {
        rule: '!has(self.restoreFrom) || has(self.backupStore)',
        message: 'restoring needs a `backupStore` to read from',
        fieldPath: '.restoreFrom',
      },
      {
        rule: "!has(self.synchronous) || self.synchronous != 'Required' || self.replicas >= 3",
        message: '`Required` needs at least 3 instances, or every failure of one stops all writes',
        fieldPath: '.synchronous',
      },
    ),
  );

/** The spec as an author may write it. */
export type PostgresClusterSpecInput = z.input<typeof postgresClusterSpecSchema>;
/** The spec as the API server stores it: defaults filled in. */
export type PostgresClusterSpec = z.output<typeof postgresClusterSpecSchema>;
export type BackupStore = z.output<typeof backupStoreSchema>;

const conditionSchema = z.object({
  type: z.string().max(316).describe('Name of the condition.'),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().min(1).max(1024).describe('One CamelCase word for the cause.'),
  message: z.string().max(32768).describe('For people: what is so, of what, and what to do.'),
  observedGeneration: z.int().min(0).max(9007199254740990),
  lastTransitionTime: z.string().meta({ format: 'date-time' }),
});

const instanceSchema = z.object({
  name: z.string().max(253),
  role: z.enum(['primary', 'replica', 'unknown']),
  ready: z.boolean(),
  node: z.string().max(253).optional(),
});

export const lastBackupSchema = z.object({
  id: z.string().max(253).describe('The Job that made it.'),
  state: z.enum(['Succeeded', 'Failed']),
  label: z.string().max(253).optional().describe('Name of the backup in the repository.'),
  startedAt: z.string().meta({ format: 'date-time' }).optional(),
  finishedAt: z.string().meta({ format: 'date-time' }).optional(),
  sizeBytes: z.int().min(0).max(9007199254740990).optional(),
  repositorySizeBytes: z.int().min(0).max(9007199254740990).optional(),
  startLsn: z.string().max(20).optional(),
  stopLsn: z.string().max(20).optional(),
  error: z.string().max(4096).optional(),
});

export const postgresClusterStatusSchema = z.object({
  conditions: z
    .array(conditionSchema)
    .max(32)
    .optional()
    .meta({ kubernetes: { listMapKeys: ['type'] } }),
  observedGeneration: z.int().min(0).max(9007199254740990).optional(),
  specChecksum: z
    .string()
    .max(64)
    .optional()
    .describe('Checksum of the spec that the instances were last given.'),
  replicas: z.int().min(0).max(15).optional().describe('Instances that exist.'),
  readyReplicas: z.int().min(0).max(15).optional(),
  selector: z
    .string()
    .max(512)
    .optional()
    .describe('Label selector of the instances, for the scale sub-resource.'),
  primary: z.string().max(253).optional().describe('The instance that holds the primary Lease.'),
  epoch: z.int().min(0).max(9007199254740990).optional().describe('Number of changes of the primary.'),
  timeline: z.int().min(0).max(4294967295).optional(),
  systemIdentifier: z
    .string()
    .max(20)
    .optional()
    .describe('Postgres’ own identity of this database cluster.'),
  instances: z
    .array(instanceSchema)
    .max(16)
    .optional()
    .meta({ kubernetes: { listMapKeys: ['name'] } }),
  backupRepository: z.string().max(400).optional().describe('Path of the repository in the bucket.'),
  lastBackup: lastBackupSchema.optional(),
  lastSuccessfulBackup: lastBackupSchema.optional(),
});

export type PostgresClusterStatus = z.output<typeof postgresClusterStatusSchema>;
export type LastBackup = z.output<typeof lastBackupSchema>;
export type InstanceStatus = z.output<typeof instanceSchema>;
