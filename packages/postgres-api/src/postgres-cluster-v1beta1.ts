import * as z from 'zod';
import { objectName, rules, timestamp } from '@stateful/crd-kit';
import { managedParameterPattern, managedParametersForPeople, parameterNamePattern } from './parameters.ts';
import { sharedSpecFields } from './shared-spec-fields.ts';

/** A place in an S3 store. The Secret holds `accessKeyId`, `secretAccessKey` and, for a private CA, `ca.crt`. */
export const backupStoreSchema = z
  .object({
    endpoint: z
      .string()
      .max(253)
      .regex(/^https:\/\/[A-Za-z0-9.:[\]-]+$/)
      .describe('URL of the S3 server, https only: `https://HOST[:PORT]`.'),
    bucket: z
      .string()
      .max(63)
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
      .describe('Name of the bucket. It must exist.'),
    region: z.string().min(1).max(63).default('us-east-1').describe('Region that requests are signed for.'),
    prefix: z
      .string()
      .max(200)
      .regex(/^[A-Za-z0-9._/-]*$/)
      .default('')
      .describe('Path in the bucket under which all repositories of this operator stand.'),
    credentialsSecret: objectName().describe(
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
    targetTime: timestamp()
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
    ...sharedSpecFields,
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
      .describe('The volume of each instance.')
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
      .meta({
        kubernetes: {
          maxProperties: 256,
          rules: [
            {
              rule: `self.all(name, name.matches('${parameterNamePattern.source}'))`,
              message:
                'every name must be that of a Postgres setting: lower-case letters, digits, `_`, one `.` at most',
            },
            {
              rule: `self.all(name, !name.matches('${managedParameterPattern.source}'))`,
              message: `settings that the operator manages must not be set: ${managedParametersForPeople}`,
            },
            {
              rule: "self.all(name, !self[name].matches('[[:cntrl:]]'))",
              message: 'a value must not hold line breaks or control characters',
            },
          ],
        },
      })
      .optional()
      .describe('Settings for postgresql.conf. Those that the operator manages are refused.'),
    backupRetention: z
      .string()
      .max(5)
      .regex(/^[1-9][0-9]{0,3}[dwm]$/)
      .default('7d')
      .meta(
        rules({
          rule: "int(self.substring(0, self.size() - 1)) * (self.endsWith('d') ? 1 : self.endsWith('w') ? 7 : 30) <= 3650",
          message: 'must not be longer than ten years: `3650d`, `521w` or `121m`',
        }),
      )
      .describe(
        'How far back backups are kept: a number and `d` (days), `w` (weeks) or `m` (30 days), such as `2w`.',
      ),
    backupStore: backupStoreSchema.optional(),
    restoreFrom: restoreFromSchema.optional(),
  })
  .meta(
    rules(
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
