import { type EtcdBackup } from '@stateful/etcd-backup-api';
import { failureCodes } from '../controllers/etcd-backup/failure.ts';
import { scheduleOf, stagesOf } from './facts.ts';
import { type CountedFamily, type Figure } from './families.ts';

/** What happened between two looks at a backup. */
export interface Happened {
  readonly counts: readonly Figure<CountedFamily>[];
  /** Of a backup that has just become complete. */
  readonly durations: readonly {
    readonly method: string;
    readonly stage: string;
    readonly seconds: number;
  }[];
}

const known: ReadonlySet<string> = new Set(failureCodes);

/**
 * What is to be counted of a change. `before` is undefined for a backup that has just appeared, `after` for one that is gone.
 * Pure. Reasons are those of a closed list: others are `Failed`.
 */
export function happened(before: EtcdBackup | undefined, after: EtcdBackup | undefined): Happened {
  const backup = (after ?? before)!;
  const { namespace = '' } = backup.metadata ?? {};
  const method = backup.spec.method ?? 'Snapshot';
  const labels = [namespace, scheduleOf(backup)];
  const counts: Figure<CountedFamily>[] = [];
  if (!after) {
    if (backup.spec.deletionPolicy === 'Delete')
      counts.push({ name: 'etcd_backup_retention_deleted_total', labels, value: 1 });
    return { counts, durations: [] };
  }
  const [was, is] = [before?.status?.lastBackupRequest, after.status?.lastBackupRequest];
  const begun = (is?.attempt ?? 0) - (was?.attempt ?? 0);
  if (begun > 0)
    counts.push({ name: 'etcd_backup_attempts_total', labels: [...labels, method], value: begun });
  const isNew = is?.attempt !== was?.attempt || was?.state !== 'Abandoned';
  if (is?.state === 'Abandoned' && isNew) {
    const code = is.error?.code ?? '';
    const reason = known.has(code) ? code : 'Failed';
    counts.push({ name: 'etcd_backup_failures_total', labels: [...labels, method, reason], value: 1 });
  }
  const isComplete = after.status?.timings !== undefined && before?.status?.timings === undefined;
  return {
    counts,
    durations: isComplete ? stagesOf(after).map(([stage, seconds]) => ({ method, stage, seconds })) : [],
  };
}
