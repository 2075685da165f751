import * as z from 'zod';
import { sharedSpecFields } from './shared-spec-fields.ts';

/** The minimal kind. Everything else a cluster has keeps its default, or what was said in a later version. */
export const postgresClusterSpecV1alpha1Schema = z.object({
  ...sharedSpecFields,
  retentionDays: z.int().min(1).max(3650).default(7).describe('How many days back backups are kept.'),
});

export type PostgresClusterSpecV1alpha1 = z.output<typeof postgresClusterSpecV1alpha1Schema>;
