import { annotations, lastBackupSchema, type LastBackup } from '@stateful/postgres-api';
import { kubeTime, type Job } from '@stateful/reconcile-sdk';
import { type Snapshot } from './snapshot.ts';

export interface BackupHistory {
  readonly last: LastBackup | undefined;
  readonly lastSuccessful: LastBackup | undefined;
  /** Names of Jobs that are at it. */
  readonly running: readonly string[];
}

/** The result that the Job's pod wrote. It may leave out the id, which is the Job's own name. */
const resultSchema = lastBackupSchema.partial({ id: true });

/**
 * What is known about backups: from the Jobs that exist, and from status for those whose Jobs are gone. A Job
 * counts when it has ended: a failed attempt that is tried again is not the last word.
 */
export function backupHistory({ jobs, cluster }: Snapshot): BackupHistory {
  const ended = jobs.map(resultOf).filter((result) => result !== undefined);
  const before = [cluster.status?.lastBackup, cluster.status?.lastSuccessfulBackup].filter(
    (backup) => backup !== undefined,
  );
  // A Job that still exists is the better source for its own result.
  const known = [...ended, ...before.filter((old) => !ended.some((result) => result.id === old.id))];
  return {
    last: newest(known),
    lastSuccessful: newest(known.filter((backup) => backup.state === 'Succeeded')),
    running: jobs
      .filter((job) => endOf(job) === undefined && (job.status?.active ?? 0) > 0)
      .map((job) => job.metadata?.name ?? '')
      .sort(),
  };
}

function newest(backups: readonly LastBackup[]): LastBackup | undefined {
  const time = (backup: LastBackup): number => Date.parse(backup.finishedAt ?? backup.startedAt ?? '') || 0;
  return backups.reduce<LastBackup | undefined>(
    (best, backup) => (best && time(best) >= time(backup) ? best : backup),
    undefined,
  );
}

/** The condition that ended a Job. */
const endOf = (job: Job) =>
  job.status?.conditions?.find(
    (entry) => (entry.type === 'Complete' || entry.type === 'Failed') && entry.status === 'True',
  );

function resultOf(job: Job): LastBackup | undefined {
  const end = endOf(job);
  if (!end) return undefined;
  const id = job.metadata?.name ?? '';
  const finishedAt = job.status?.completionTime ?? end.lastTransitionTime;
  const times = {
    ...(job.status?.startTime === undefined ? {} : { startedAt: job.status.startTime }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
  };
  const written = writtenResult(job);
  if (end.type === 'Failed') {
    const error = written?.error ?? `Job ${id} failed: ${end.message ?? end.reason ?? 'no reason is known'}`;
    return { ...times, ...written, id, state: 'Failed', error };
  }
  // A Job that ended well and left no result has proven nothing.
  return written
    ? { ...times, ...written, id }
    : { ...times, id, state: 'Failed', error: `Job ${id} ended without a result that can be read` };
}

function writtenResult(job: Job): Omit<LastBackup, 'id'> | undefined {
  const text = job.metadata?.annotations?.[annotations.backupResult];
  if (text === undefined) return undefined;
  try {
    const result = resultSchema.safeParse(JSON.parse(text)).data;
    if (!result) return undefined;
    const { startedAt, finishedAt, ...rest } = result;
    return { ...rest, ...timed('startedAt', startedAt), ...timed('finishedAt', finishedAt) };
  } catch {
    return undefined;
  }
}

/** The API server refuses a whole status for one time that it cannot read. */
function timed(name: 'startedAt' | 'finishedAt', text: string | undefined): Partial<LastBackup> {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? {} : { [name]: kubeTime(time) };
}
