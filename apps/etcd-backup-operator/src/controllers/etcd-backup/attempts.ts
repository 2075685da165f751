import { createHash } from 'node:crypto';
import { type EtcdBackupSpec } from '@stateful/etcd-backup-api';
import { type OperationRecord } from '@stateful/reconcile-sdk';
import { failureOf } from './failure.ts';

/** The attempt that is wanted now, and when the next one is due. */
export interface Attempts {
  /** Counts from 1; each is an operation of its own. */
  readonly wanted: number;
  readonly nextAttemptAt?: number;
  /** No further one helps, or is allowed. */
  readonly isOver: boolean;
}

/** Decides on attempts from the record of the last one. Pure. */
export function attemptsOf(
  uid: string,
  retry: EtcdBackupSpec['retry'],
  record: OperationRecord | undefined,
  now: number,
): Attempts {
  const last = Number(record?.key ?? 1);
  if (record?.phase !== 'Failed') return { wanted: last, isOver: false };
  if (last >= retry.maxAttempts || !failureOf(record.message).retryable)
    return { wanted: last, isOver: true };
  const due = Date.parse(record.finishedAt ?? '') + waitMs(uid, last, retry);
  return due > now
    ? { wanted: last, nextAttemptAt: due, isOver: false }
    : { wanted: last + 1, isOver: false };
}

/**
 * Full jitter, but the same for the same attempt: a restart neither shortens nor lengthens a wait. At least a second, so that
 * the status tells of the failure before the next attempt hides it.
 */
function waitMs(uid: string, attempt: number, { baseSeconds, capSeconds }: EtcdBackupSpec['retry']): number {
  const chance = createHash('sha256').update(`${uid} ${attempt}`).digest().readUInt32BE(0) / 2 ** 32;
  const most = Math.min(capSeconds, baseSeconds * 2 ** Math.min(attempt - 1, 30)) * 1000;
  return Math.max(1_000, Math.floor(chance * most));
}
