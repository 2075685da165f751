/** A family of the operator's own metrics. All begin with `etcd_backup_`. */
export interface MetricFamily {
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly labels: readonly string[];
}

const of = ['namespace', 'schedule'] as const;
const gauge = (help: string, labels: readonly string[] = of): MetricFamily => ({
  type: 'gauge',
  help,
  labels,
});
const counter = (help: string, labels: readonly string[] = of): MetricFamily => ({
  type: 'counter',
  help,
  labels,
});

/**
 * Read off the status of objects at each scrape: a restart loses none of them, and those of a schedule that was deleted are gone.
 * `schedule` is empty for backups that were made by hand.
 */
export const statusFamilies = {
  etcd_backup_schedule_info: gauge('1 for each schedule.', [...of, 'method', 'suspended']),
  etcd_backup_last_success_timestamp_seconds: gauge('When the last complete backup ended.'),
  etcd_backup_last_failure_timestamp_seconds: gauge(
    'When the last backup ended that failed, with all its attempts.',
  ),
  etcd_backup_last_attempt_timestamp_seconds: gauge('When the last attempt began.'),
  etcd_backup_last_verified_timestamp_seconds: gauge('When a backup was last found to be whole.'),
  etcd_backup_last_drill_timestamp_seconds: gauge('When an etcd last started from a backup.'),
  etcd_backup_next_run_timestamp_seconds: gauge('When the next backup is due.'),
  etcd_backup_stale: gauge('1 while there was no complete backup for staleAfterSeconds.'),
  etcd_backup_consecutive_failures: gauge('Backups that failed since the last complete one.'),
  etcd_backup_verification_failed: gauge('Backups that are there and were found not to be whole.'),
  etcd_backup_bytes: gauge('Size of the last complete backup.'),
  etcd_backup_revision: gauge('Revision of the last complete backup.'),
  etcd_backup_last_duration_seconds: gauge('How long the last complete backup took, by stage.', [
    ...of,
    'stage',
  ]),
  etcd_backup_rpo_seconds: gauge('Age of the data that would be restored if etcd were lost now.'),
  etcd_backup_rto_seconds: gauge('How long the last drill took from nothing to an etcd that serves.'),
  etcd_backup_members_disagree: gauge('Members that held other keys than most at the last complete backup.'),
  etcd_backup_active: gauge('Backups under way.'),
  etcd_backup_inventory: gauge('Complete backups in the store.'),
  etcd_backup_inventory_bytes: gauge('Their size together.'),
  etcd_backup_orphans: gauge('Backups in the store that no EtcdBackup stands for.'),
  etcd_backup_retention_blocked: gauge('Backups that should be deleted and cannot.'),
  etcd_backup_missed_runs_total: counter('Times at which a backup was due and none was made.'),
  etcd_backup_store_up: gauge('1 when the BackupStore answered the last probe.', ['namespace', 'store']),
  etcd_backup_restores: gauge('EtcdRestores by mode and by what became of them.', [
    'namespace',
    'mode',
    'result',
  ]),
} as const satisfies Readonly<Record<string, MetricFamily>>;

/** Counted while this process looks on; they begin at 0 with it. */
export const countedFamilies = {
  etcd_backup_attempts_total: counter('Attempts that were begun.', [...of, 'method']),
  etcd_backup_failures_total: counter('Attempts that failed, by reason.', [...of, 'method', 'reason']),
  etcd_backup_retention_deleted_total: counter('Backups that were deleted with their data.'),
} as const satisfies Readonly<Record<string, MetricFamily>>;

export const durationFamily = {
  name: 'etcd_backup_duration_seconds',
  help: 'How long complete backups took, by stage: capture, verify, drill, total.',
  labels: ['method', 'stage'],
  buckets: [1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400],
} as const;

export type StatusFamily = keyof typeof statusFamilies;
export type CountedFamily = keyof typeof countedFamilies;

/** One value of a family; labels in the family's order. */
export interface Figure<Name extends string = StatusFamily> {
  readonly name: Name;
  readonly labels: readonly string[];
  readonly value: number;
}
