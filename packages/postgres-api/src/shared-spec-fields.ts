import { rules } from '@stateful/crd-kit';
import * as z from 'zod';

/** Fields of the spec that are the same in every version. */
export const sharedSpecFields = {
  replicas: z.int().min(1).max(15).describe('Number of instances, the primary among them.'),
  version: z
    .string()
    .max(32)
    .regex(/^\d+\.\d+\.\d+$/)
    .describe(
      'Postgres version and image revision: MAJOR.MINOR.REVISION, one that the operator has an image for.',
    ),
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
    .describe('Time of the daily backup, `HH:MM` in UTC.'),
};
