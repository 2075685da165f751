import { conditionFields, counter, timestamp } from '@stateful/crd-kit';
import * as z from 'zod';

const instanceSchema = z.object({
  name: z.string().max(253).describe('The pod.'),
  role: z.enum(['primary', 'replica', 'unknown']).describe('What it is by the Lease.'),
  ready: z.boolean().describe('Whether its pod is ready.'),
  node: z.string().max(253).optional().describe('The node that it runs on.'),
});

export const lastBackupSchema = z.object({
  id: z.string().max(253).describe('The Job that made it.'),
  state: z.enum(['Succeeded', 'Failed']).describe('How it ended.'),
  label: z.string().max(253).optional().describe('Name of the backup in the repository.'),
  startedAt: timestamp().optional().describe('When it began.'),
  finishedAt: timestamp().optional().describe('When it ended.'),
  sizeBytes: counter().optional().describe('Size of what was saved.'),
  repositorySizeBytes: counter().optional().describe('Size of what was written.'),
  startLsn: z.string().max(20).optional().describe('Where its write-ahead log begins.'),
  stopLsn: z.string().max(20).optional().describe('From here on it is consistent.'),
  error: z.string().max(4096).optional().describe('Why it failed.'),
});

export const postgresClusterStatusSchema = z.object({
  ...conditionFields,
  specChecksum: z
    .string()
    .max(64)
    .optional()
    .describe('Checksum of the spec that the instances were last given.'),
  replicas: z.int().min(0).max(15).optional().describe('Instances that exist.'),
  readyReplicas: z.int().min(0).max(15).optional().describe('Instances that are ready.'),
  selector: z
    .string()
    .max(512)
    .optional()
    .describe('Label selector of the instances, for the scale sub-resource.'),
  primary: z.string().max(253).optional().describe('The instance that holds the primary Lease.'),
  epoch: counter().optional().describe('Number of changes of the primary.'),
  timeline: z.int().min(0).max(4294967295).optional().describe('Timeline of the primary.'),
  systemIdentifier: z
    .string()
    .max(20)
    .optional()
    .describe('Postgres’ own identity of this database cluster.'),
  instances: z
    .array(instanceSchema)
    .max(16)
    .optional()
    .describe('Every instance.')
    .meta({ kubernetes: { listMapKeys: ['name'] } }),
  backupRepository: z.string().max(400).optional().describe('Path of the repository in the bucket.'),
  lastBackup: lastBackupSchema.optional().describe('The last backup that ended.'),
  lastSuccessfulBackup: lastBackupSchema.optional().describe('The last good one.'),
});

export type PostgresClusterStatus = z.output<typeof postgresClusterStatusSchema>;
export type LastBackup = z.output<typeof lastBackupSchema>;
export type InstanceStatus = z.output<typeof instanceSchema>;
