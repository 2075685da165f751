import { conditionFields, counter, objectName, operationFields, rules, timestamp } from '@stateful/crd-kit';
import * as z from 'zod';
import { backupTemplateSchema } from './etcd-backup-spec.ts';
import { verificationLevel } from './verification.ts';

const cron = () =>
  z
    .string()
    .min(1)
    .max(120)
    .regex(/^(@(hourly|daily|weekly|monthly)|[0-9A-Za-z*\/,#?-]+( [0-9A-Za-z*\/,#?-]+){4})$/);
const keep = (what: string) => z.int().min(0).max(10000).optional().describe(what);

const retentionSchema = z
  .object({
    keepLast: keep('The newest so many.'),
    keepHourly: keep('The newest of each of so many hours.'),
    keepDaily: keep('The newest of each of so many days.'),
    keepWeekly: keep('The newest of each of so many weeks.'),
    keepMonthly: keep('The newest of each of so many months.'),
    keepYearly: keep('The newest of each of so many years.'),
    keepWithinSeconds: z.int().min(0).max(3153600000).optional().describe('All that are not older.'),
    maxTotalBytes: counter().optional().describe('The oldest go when all together are larger.'),
    keepVerifiedMin: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .describe('So many verified ones stay, whatever else is said.'),
    maxDeletesPerRun: z.int().min(1).max(1000).default(10).describe('Most deletions after one backup.'),
    mode: z
      .enum(['Apply', 'DryRun'])
      .default('Apply')
      .describe('DryRun: the plan is shown and not carried out.'),
  })
  .meta(
    rules({
      rule: 'has(self.keepLast) || has(self.keepHourly) || has(self.keepDaily) || has(self.keepWeekly) || has(self.keepMonthly) || has(self.keepYearly) || has(self.keepWithinSeconds) || has(self.maxTotalBytes)',
      message: 'at least one of `keepLast` … `keepWithinSeconds` and `maxTotalBytes` must be set',
    }),
  );

export const etcdBackupScheduleSpecSchema = z.object({
  schedule: cron().describe(
    'Cron expression of five fields. `H` in a field is a value of its own for each schedule, such as `H 2 * * *`.',
  ),
  timeZone: z
    .string()
    .min(1)
    .max(64)
    .default('Etc/UTC')
    .describe('Time zone of `schedule`, such as `Europe/Berlin`.'),
  startingDeadlineSeconds: z
    .int()
    .min(10)
    .max(604800)
    .optional()
    .describe('A run later than this counts as missed.'),
  missedRuns: z
    .enum(['Skip', 'RunOnce'])
    .default('RunOnce')
    .describe('What follows on runs that were missed.'),
  concurrencyPolicy: z
    .enum(['Forbid', 'Queue'])
    .default('Forbid')
    .describe('What becomes of a run while another one is under way: left out, or made after it.'),
  suspend: z.boolean().optional().describe('No backups are made while this is true.'),
  jitterSeconds: z.int().min(0).max(86400).default(0).describe('Each run is put off by up to this long.'),
  skipIfUnchanged: z
    .object({
      maxAgeSeconds: z
        .int()
        .min(60)
        .max(31536000)
        .describe('A backup is made when the last one is older, in any case.'),
    })
    .optional()
    .describe('No backup while the revision is that of the last one.'),
  template: backupTemplateSchema.describe('What each backup is.'),
  retention: retentionSchema.optional().describe('Which backups stay. Without it all do.'),
  verify: z
    .object({
      schedule: cron().describe('When, in the same time zone.'),
      level: verificationLevel().default('Drill').describe('How much is checked.'),
      pick: z.enum(['Latest', 'Random', 'Oldest']).default('Latest').describe('Which backup.'),
    })
    .optional()
    .describe('Checks of backups that exist.'),
  orphans: z
    .enum(['Report', 'Adopt'])
    .default('Report')
    .describe(
      'What becomes of backups that a schedule of this name and namespace left in the store before it was made anew. Report: they are counted. Adopt: they are kept and deleted as its own.',
    ),
  staleAfterSeconds: z
    .int()
    .min(60)
    .max(31536000)
    .optional()
    .describe('Without a good backup for this long the schedule is not healthy.'),
  successfulHistoryLimit: z
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .describe('Complete EtcdBackups that are kept.'),
  failedHistoryLimit: z.int().min(0).max(100).default(5).describe('Failed EtcdBackups that are kept.'),
});

const lastSchema = z.object({
  name: objectName().describe('The EtcdBackup.'),
  time: timestamp().describe('When it ended.'),
  revision: counter().optional().describe('Its newest revision.'),
});
const reasons = z.array(z.string().max(64)).max(10);

export const etcdBackupScheduleStatusSchema = z.object({
  ...conditionFields,
  ...operationFields,
  effectiveSchedule: z
    .object({
      expression: z.string().max(120).describe('Cron expression, with a number for each `H`.'),
      timeZone: z.string().max(64).describe('Its time zone.'),
      startTime: timestamp().describe(
        'Times before it are not made up for: the schedule was made, changed or resumed then.',
      ),
    })
    .optional()
    .describe('What the times follow from now.'),
  lastScheduleTime: timestamp().optional().describe('The last time that was due.'),
  nextScheduleTime: timestamp().optional().describe('The next time that is due.'),
  lastVerificationTime: timestamp().optional().describe('The last time at which a check was due.'),
  nextVerificationTime: timestamp().optional().describe('The next time at which one is.'),
  lastSuccessful: lastSchema.optional().describe('The last complete backup.'),
  lastVerified: lastSchema.optional().describe('The last verified backup.'),
  active: z.array(objectName()).max(10).optional().describe('EtcdBackups under way.'),
  consecutiveFailures: z
    .int()
    .min(0)
    .max(2147483647)
    .optional()
    .describe('Failures since the last good one.'),
  missedRuns: z.int().min(0).max(2147483647).optional().describe('Runs that were left out so far.'),
  inventory: z
    .object({
      count: z.int().min(0).max(2147483647).describe('Backups of this schedule in the store.'),
      bytes: counter().describe('Their size together.'),
      verified: z.int().min(0).max(2147483647).describe('Verified ones among them.'),
      oldest: timestamp().optional().describe('Moment of the oldest.'),
      newest: timestamp().optional().describe('Moment of the newest.'),
      orphans: z
        .int()
        .min(0)
        .max(2147483647)
        .describe('Backups of an earlier schedule of this name, which are not counted above.'),
      unreadable: z
        .int()
        .min(0)
        .max(2147483647)
        .describe('Manifests below the prefix that this version of the operator cannot read; never touched.'),
      observedAt: timestamp().describe('When the store was listed.'),
    })
    .optional()
    .describe('What is there, by manifests.'),
  retentionPlan: z
    .object({
      computedAt: timestamp().describe('When it was made.'),
      after: z.string().max(64).optional().describe('UID of the complete EtcdBackup that it was made after.'),
      generation: counter().describe('The generation of the spec that it follows.'),
      operation: z.string().max(253).optional().describe('The last deletion whose end it has seen.'),
      keep: z
        .array(
          z.object({
            name: z.string().max(253).describe('The EtcdBackup.'),
            reasons: reasons.describe('Rules that keep it.'),
          }),
        )
        .max(1000)
        .describe('Backups that stay.'),
      delete: z.array(z.string().max(253)).max(1000).describe('Backups that go.'),
      blocked: z
        .array(
          z.object({
            name: z.string().max(253).describe('The EtcdBackup.'),
            until: timestamp().optional().describe('When it can go.'),
            reason: z.string().max(64).describe('What keeps it.'),
          }),
        )
        .max(1000)
        .describe('Backups that should go and cannot.'),
    })
    .optional()
    .describe('What retention does or would do.'),
  revisionHighWater: z
    .object({
      revision: counter().describe('Highest revision seen.'),
      raftIndex: counter().optional().describe('Highest index seen.'),
      observedAt: timestamp().describe('When.'),
      writesPerSecond: z.int().min(0).max(2147483647).optional().describe('Revisions in a second, of late.'),
    })
    .optional()
    .describe('How far the cluster had come: a restore goes beyond it.'),
});

export type EtcdBackupScheduleSpec = z.output<typeof etcdBackupScheduleSpecSchema>;
export type EtcdBackupScheduleStatus = z.output<typeof etcdBackupScheduleStatusSchema>;
