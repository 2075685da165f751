import { type PostgresClusterSpec } from '@stateful/postgres-api';
import { type ConditionInput } from '@stateful/reconcile-sdk';
import { type BackupHistory } from './backup-history.ts';
import { type Snapshot } from './snapshot.ts';

/** A daily backup is late when this has passed since the last good one. */
export const maxBackupAgeMs = 26 * 3_600_000;

export interface BackupVerdict {
  readonly condition: ConditionInput;
  /** When the verdict changes by the passing of time alone. Milliseconds since the epoch. */
  readonly staleAt: number | undefined;
}

/** Whether there is a backup to go back to. Nothing is assumed: Unknown until one has ended. */
export function backupVerdict(
  snapshot: Snapshot,
  spec: PostgresClusterSpec,
  history: BackupHistory,
  now: number,
): BackupVerdict {
  const { last, lastSuccessful, running } = history;
  const atIt = running.length > 0 ? `; ${running.join(', ')} is running` : '';
  const say = (
    status: ConditionInput['status'],
    reason: string,
    message: string,
    staleAt?: number,
  ): BackupVerdict => ({
    condition: { type: 'BackupHealthy', status, reason, message: `${message}${atIt}` },
    staleAt,
  });
  if (!spec.backupStore) {
    // A schedule is a wish for backups; an older version has it and cannot name a store.
    return spec.backupSchedule === undefined
      ? say('Unknown', 'NoBackupStore', 'no backups are made: spec.backupStore is not set')
      : say(
          'False',
          'NoBackupStore',
          `no backup is made at ${spec.backupSchedule} UTC: there is nowhere to write to; set spec.backupStore`,
        );
  }
  const lastGood = lastSuccessful
    ? `the last good one is ${lastSuccessful.id}, ended ${lastSuccessful.finishedAt ?? 'at an unknown time'}`
    : 'there is no good one';
  if (last?.state === 'Failed') {
    return say(
      'False',
      'BackupFailed',
      `${last.id} failed: ${last.error ?? 'no reason is known'}; ${lastGood}`,
    );
  }
  const isScheduled = spec.backupSchedule !== undefined;
  if (!lastSuccessful) {
    const made = Date.parse(snapshot.cronJob?.metadata?.creationTimestamp ?? '');
    const due = isScheduled && !Number.isNaN(made) ? made + maxBackupAgeMs : undefined;
    return due !== undefined && now >= due
      ? say(
          'False',
          'BackupOverdue',
          `a backup is due every day at ${spec.backupSchedule ?? ''} UTC and none was ever made`,
        )
      : say('Unknown', 'NoBackupYet', 'no backup has been made yet', due);
  }
  const finished = Date.parse(lastSuccessful.finishedAt ?? '') || 0;
  if (isScheduled && now >= finished + maxBackupAgeMs) {
    return say('False', 'BackupOverdue', `no backup for more than 26 hours: ${lastGood}`);
  }
  return say('True', 'BackupSucceeded', lastGood, isScheduled ? finished + maxBackupAgeMs : undefined);
}
