import { isDeepStrictEqual } from 'node:util';
import {
  postgresClusterSpecSchema,
  postgresClusterSpecV1alpha1Schema,
  type PostgresClusterSpec,
} from '@stateful/postgres-api';
import { type Refusal, type Rule } from '../rule.ts';

/** What v1alpha1 has no field for. `backupRetention` is `retentionDays` there. */
const unsaid = (Object.keys(postgresClusterSpecSchema.shape) as (keyof PostgresClusterSpec)[]).filter(
  (field) => field !== 'backupRetention' && !Object.hasOwn(postgresClusterSpecV1alpha1Schema.shape, field),
);

/** What clients of an older version must not do without knowing. */
export const oldVersionRules: readonly Rule[] = [
  {
    // Conversion keeps it in an annotation; a file from before there was one does not have it.
    name: 'old-version-keeps-the-rest',
    field: 'spec',
    check: ({ spec, before, saidIn }) =>
      saidIn !== 'v1alpha1' || before === undefined
        ? []
        : unsaid
            .filter((field) => before[field] !== undefined && !isDeepStrictEqual(spec[field], before[field]))
            .map((field): Refusal => ({
              field: `spec.${field}`,
              message: `v1alpha1 has no word for it, and this request takes it away: it is \`${JSON.stringify(before[field])}\` now; patch the object instead of replacing it, or use v1beta1`,
            })),
  },
];
