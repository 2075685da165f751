/** A rule as Prometheus reads it. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: 'critical' | 'warning' };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

/** Stands for where the runbooks are; the chart puts its value there. */
export const runbookPlace = 'RUNBOOK_URL';
/** The page of an alert: `EtcdBackupOld` is told of in etcd-backup-old.md. */
export const runbookOf = (alert: string): string =>
  `${alert.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase()}.md`;

const hour = 3600;
const day = 24 * hour;
/** All processes of the operator tell the same: one of them is enough. */
const of = (metric: string, selector = '{schedule!=""}'): string =>
  `max by (namespace, schedule) (etcd_backup_${metric}${selector})`;
const schedule = 'EtcdBackupSchedule {{ $labels.namespace }}/{{ $labels.schedule }}';

const alert = (
  name: string,
  severity: 'critical' | 'warning',
  expr: string,
  texts: { readonly summary: string; readonly description: string; readonly for?: string },
): Alert => ({
  alert: name,
  expr,
  ...(texts.for === undefined ? {} : { for: texts.for }),
  labels: { severity },
  annotations: {
    summary: texts.summary,
    description: texts.description,
    runbook_url: `${runbookPlace}/${runbookOf(name)}`,
  },
});

/** What somebody has to be told of. Each has a page in docs/runbooks. */
export const alerts: readonly Alert[] = [
  alert('EtcdBackupAbsent', 'critical', 'absent(informer_objects{resource="etcdbackups.db.example.com"})', {
    for: '10m',
    summary: 'Nothing is heard of the etcd backup operator',
    description: 'No process of the operator is scraped: it may be down, and then no backups are made.',
  }),
  alert('EtcdBackupStale', 'critical', `${of('stale')} == 1`, {
    for: '2m',
    summary: `${schedule} has had no good backup for too long`,
    description: 'There was no complete backup for staleAfterSeconds of the schedule.',
  }),
  alert(
    'EtcdBackupOld',
    'warning',
    `time() - ${of('last_success_timestamp_seconds')} > ${26 * hour} unless on (namespace, schedule) ${of('stale')}`,
    {
      for: '5m',
      summary: `The last good backup of ${schedule} is {{ $value | humanizeDuration }} old`,
      description:
        'Older than 26 hours. A schedule that runs more seldom should say how long is too long: staleAfterSeconds.',
    },
  ),
  alert('EtcdBackupOverdue', 'warning', `time() - ${of('next_run_timestamp_seconds')} > ${hour / 4}`, {
    for: '5m',
    summary: `A backup of ${schedule} was due {{ $value | humanizeDuration }} ago`,
    description: 'No backup was made for a time that has passed, and the schedule is not suspended.',
  }),
  alert(
    'EtcdBackupFailing',
    'warning',
    `${of('last_failure_timestamp_seconds')} > ${of('last_success_timestamp_seconds')} or ${of('last_failure_timestamp_seconds')} unless ${of('last_success_timestamp_seconds')}`,
    {
      summary: `The last backup of ${schedule} failed`,
      description: 'All its attempts are used up. Its condition Succeeded tells why.',
    },
  ),
  alert('EtcdBackupVerificationFailed', 'critical', `${of('verification_failed', '')} > 0`, {
    summary: 'A stored backup is not whole: {{ $labels.namespace }}/{{ $labels.schedule }}',
    description: 'What the store holds is not what etcd sent, or no etcd starts from it.',
  }),
  alert(
    'EtcdBackupUnverified',
    'warning',
    `${of('last_success_timestamp_seconds')} - ${of('last_verified_timestamp_seconds')} > ${day} or ${of('last_success_timestamp_seconds')} unless ${of('last_verified_timestamp_seconds')}`,
    {
      for: '1h',
      summary: `Backups of ${schedule} are made and not verified`,
      description:
        'The last backup that was found to be whole is a day older than the last one that was made.',
    },
  ),
  alert('EtcdBackupDrillOld', 'warning', `time() - ${of('last_drill_timestamp_seconds')} > ${8 * day}`, {
    for: '1h',
    summary: `No etcd was started from a backup of ${schedule} for {{ $value | humanizeDuration }}`,
    description: 'Drills were made before, and are not any more.',
  }),
  alert(
    'EtcdBackupShrunk',
    'warning',
    `${of('bytes')} < 0.5 * max by (namespace, schedule) (max_over_time(etcd_backup_bytes{schedule!=""}[7d]))`,
    {
      for: '10m',
      summary: `The last backup of ${schedule} is less than half as large as one of this week`,
      description: 'After a defragmentation this is as it should be. Otherwise data may be gone.',
    },
  ),
  alert('EtcdBackupMembersDisagree', 'critical', `${of('members_disagree', '')} > 0`, {
    summary: 'Members of etcd hold different keys: {{ $labels.namespace }}/{{ $labels.schedule }}',
    description: 'At the revision of the last backup, members answered with different hashes of their keys.',
  }),
  alert('EtcdBackupRetentionBlocked', 'warning', `${of('retention_blocked')} > 0`, {
    for: '1d',
    summary: `{{ $value }} backups of ${schedule} should be deleted and cannot`,
    description: 'They are held, or locked in the store. status.retentionPlan.blocked names them.',
  }),
  alert('EtcdBackupStoreDown', 'critical', 'max by (namespace, store) (etcd_backup_store_up) == 0', {
    for: '5m',
    summary: 'BackupStore {{ $labels.namespace }}/{{ $labels.store }} cannot be used',
    description: 'Its probe fails: no backup can be made or restored. Its condition Available tells why.',
  }),
];
