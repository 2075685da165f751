import { type BackupStore } from '@stateful/backup-store-api';
import { type EtcdBackup, type EtcdBackupSchedule, type EtcdRestore } from '@stateful/etcd-backup-api';
import { conditionOf, endOf, groupOf, isTrue, seconds, stagesOf } from './facts.ts';
import { type Figure, type StatusFamily } from './families.ts';

/** What there is, as the caches have it. */
export interface Objects {
  readonly backups: readonly EtcdBackup[];
  readonly schedules: readonly EtcdBackupSchedule[];
  readonly stores: readonly BackupStore[];
  readonly restores: readonly EtcdRestore[];
}

const latest = (times: readonly (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
};

/** Everything that is read off objects. `now`: milliseconds since the epoch. Pure. */
export function figuresOf({ backups, schedules, stores, restores }: Objects, now: number): Figure[] {
  const byGroup = Map.groupBy(backups, groupOf);
  const scheduled = new Set(schedules.map(({ metadata }) => keyOf(metadata?.namespace, metadata?.name)));
  return [
    ...schedules.flatMap((schedule) => {
      const { namespace = '', name = '' } = schedule.metadata ?? {};
      return groupFigures(namespace, name, byGroup.get(keyOf(namespace, name)) ?? [], schedule, now);
    }),
    ...[...byGroup].flatMap(([key, some]) => {
      const [namespace = '', name = ''] = key.split('/');
      // Of a schedule that is no more, nothing is told.
      if (scheduled.has(key) || name !== '') return [];
      return groupFigures(namespace, '', some, undefined, now);
    }),
    ...stores.flatMap(({ metadata, status }): Figure[] => {
      const available = status?.conditions?.find(({ type }) => type === 'Available');
      if (!available || available.status === 'Unknown') return [];
      return [
        {
          name: 'etcd_backup_store_up',
          labels: [metadata?.namespace ?? '', metadata?.name ?? ''],
          value: Number(available.status === 'True'),
        },
      ];
    }),
    ...restoreFigures(restores),
  ];
}

export const keyOf = (namespace = '', schedule = ''): string => `${namespace}/${schedule}`;

/** Of one schedule and its backups, or of those that were made by hand in one namespace. */
function groupFigures(
  namespace: string,
  name: string,
  backups: readonly EtcdBackup[],
  schedule: EtcdBackupSchedule | undefined,
  now: number,
): Figure[] {
  const figures: Figure[] = [];
  const tell = (family: StatusFamily, value: number | undefined, ...more: string[]): void => {
    if (value !== undefined) figures.push({ name: family, labels: [namespace, name, ...more], value });
  };
  const { spec, status } = schedule ?? {};
  const good = backups.filter((backup) => isTrue(backup, 'Succeeded'));
  const bad = backups.filter((backup) => conditionOf(backup, 'Succeeded')?.status === 'False');
  const last = good.toSorted((a, b) => (endOf(b) ?? 0) - (endOf(a) ?? 0))[0];
  const success = latest([...good.map(endOf), seconds(status?.lastSuccessful?.time)]);
  const passed = backups.flatMap(({ status: { verification } = {} }) =>
    verification?.result === 'Passed' && verification.level !== 'Stream' ? [verification] : [],
  );
  const drills = passed.filter(({ level }) => level === 'Drill');
  const drill = drills.toSorted((a, b) => (seconds(b.at) ?? 0) - (seconds(a.at) ?? 0))[0];

  if (schedule) {
    const method = spec?.template?.method ?? 'Snapshot';
    tell('etcd_backup_schedule_info', 1, method, String(spec?.suspend === true));
    if (spec?.suspend !== true)
      tell('etcd_backup_next_run_timestamp_seconds', seconds(status?.nextScheduleTime));
    const since = success ?? seconds(schedule.metadata?.creationTimestamp);
    if (spec?.staleAfterSeconds !== undefined && since !== undefined)
      tell('etcd_backup_stale', Number(now / 1000 - since > spec.staleAfterSeconds));
    tell('etcd_backup_consecutive_failures', status?.consecutiveFailures ?? 0);
    tell('etcd_backup_missed_runs_total', status?.missedRuns ?? 0);
    tell('etcd_backup_inventory', status?.inventory?.count);
    tell('etcd_backup_inventory_bytes', status?.inventory?.bytes);
    tell('etcd_backup_orphans', status?.inventory?.orphans);
    tell('etcd_backup_retention_blocked', status?.retentionPlan?.blocked.length ?? 0);
  }
  tell('etcd_backup_last_success_timestamp_seconds', success);
  tell('etcd_backup_last_failure_timestamp_seconds', latest(bad.map(endOf)));
  tell(
    'etcd_backup_last_attempt_timestamp_seconds',
    latest(backups.map(({ status: of }) => seconds(of?.lastBackupRequest?.requestedAt))),
  );
  tell(
    'etcd_backup_last_verified_timestamp_seconds',
    latest([...passed.map(({ at }) => seconds(at)), seconds(status?.lastVerified?.time)]),
  );
  tell('etcd_backup_last_drill_timestamp_seconds', seconds(drill?.at));
  tell('etcd_backup_rto_seconds', drill?.rtoSeconds);
  tell(
    'etcd_backup_verification_failed',
    backups.filter(({ status: of }) => of?.verification?.result === 'Failed').length,
  );
  tell(
    'etcd_backup_active',
    backups.filter((backup) => !isTrue(backup, 'Succeeded') && !bad.includes(backup)).length,
  );
  tell('etcd_backup_bytes', last?.status?.artifact?.sizeBytes);
  tell('etcd_backup_revision', last?.status?.etcd?.revision);
  const { membersChecked, membersAgreeing } = last?.status?.etcd ?? {};
  if (membersChecked !== undefined && membersAgreeing !== undefined)
    tell('etcd_backup_members_disagree', membersChecked - membersAgreeing);
  for (const [stage, value] of last ? stagesOf(last) : [])
    tell('etcd_backup_last_duration_seconds', value, stage);
  const shown = seconds(last?.status?.timings?.pointInTime) ?? success;
  if (shown !== undefined) tell('etcd_backup_rpo_seconds', Math.max(0, now / 1000 - shown));
  return figures;
}

function restoreFigures(restores: readonly EtcdRestore[]): Figure[] {
  const resultOf = (restore: EtcdRestore): string => {
    const status = conditionOf(restore, 'Succeeded')?.status;
    return status === 'True' ? 'succeeded' : status === 'False' ? 'failed' : 'active';
  };
  const groups = Map.groupBy(restores, (restore) =>
    [restore.metadata?.namespace ?? '', restore.spec.mode, resultOf(restore)].join('/'),
  );
  return [...groups].map(([key, some]) => ({
    name: 'etcd_backup_restores',
    labels: key.split('/'),
    value: some.length,
  }));
}
