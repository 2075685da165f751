import { isDeepStrictEqual } from 'node:util';
import { type Rule, refuse } from '../rule.ts';

/** Backups and where a cluster comes from. The CRD says all but the last of these too. */
export const backupRules: readonly Rule[] = [
  {
    name: 'backup-time-of-day',
    field: 'spec.backupSchedule',
    check: ({ spec: { backupSchedule } }) =>
      refuse(
        backupSchedule !== undefined && !/^([01][0-9]|2[0-3]):[0-5][0-9]$/.test(backupSchedule),
        () => `must be a time of day in UTC from 00:00 to 23:59, not "${backupSchedule ?? ''}"`,
      ),
  },
  {
    name: 'restore-needs-store',
    field: 'spec.restoreFrom',
    alsoFields: ['spec.backupStore'],
    check: ({ spec }) =>
      refuse(
        spec.restoreFrom !== undefined && spec.backupStore === undefined,
        () => 'restoring needs `spec.backupStore` to read from, and it is not set',
      ),
  },
  {
    name: 'restore-has-one-source',
    field: 'spec.restoreFrom',
    check: ({ spec: { restoreFrom } }) =>
      refuse(
        restoreFrom !== undefined && (restoreFrom.cluster === undefined) === (restoreFrom.path === undefined),
        () =>
          `exactly one of \`cluster\` and \`path\` must be set, not ${restoreFrom?.path === undefined ? 'none' : 'both'}`,
      ),
  },
  {
    name: 'restore-from-another',
    field: 'spec.restoreFrom.cluster',
    check: ({ name, spec: { restoreFrom } }) =>
      refuse(
        restoreFrom?.cluster === name,
        () =>
          `a cluster cannot be restored from itself, "${name}": name another one, or a repository by \`path\``,
      ),
  },
  {
    name: 'restore-source-fixed',
    field: 'spec.restoreFrom',
    check: ({ spec, before, hasData }) =>
      refuse(
        before !== undefined &&
          hasData &&
          spec.restoreFrom !== undefined &&
          !isDeepStrictEqual(spec.restoreFrom, before.restoreFrom),
        () =>
          `is read only when a cluster is created, and this one has its data: allowed are ${before?.restoreFrom ? `\`${JSON.stringify(before.restoreFrom)}\`` : 'none, as now,'} and removing it, not \`${JSON.stringify(spec.restoreFrom)}\`; make a new cluster to restore into`,
      ),
  },
];
