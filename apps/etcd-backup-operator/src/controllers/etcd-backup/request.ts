import { type BackupRequest } from '@stateful/etcd-backup-api';
import { kubeTime, type OperationRecord } from '@stateful/reconcile-sdk';
import { type Attempts } from './attempts.ts';
import { capturedFrom } from './captured.ts';
import { failureOf } from './failure.ts';

/** Who writes the ledger. */
export interface Writer {
  readonly identity: string;
}

/** How far a request is, from the step that is under way. */
function stateOf({ phase, step, results, reason }: OperationRecord): BackupRequest['state'] {
  if (phase === 'Succeeded') return 'Settled';
  if (phase === 'Failed' || phase === 'Cancelled' || reason !== undefined) return 'Abandoned';
  switch (step) {
    case 'open':
      return 'Intent';
    case 'capture':
      return 'Issued';
    case 'commit':
      return 'Sealed';
    default:
      return results?.['capture'] === undefined ? 'Intent' : 'Settled';
  }
}

/**
 * The ledger entry of one attempt, read off the record of its operation: both stand in one status write, with a resourceVersion,
 * before the request goes out. Pure.
 */
export function requestOf(
  record: OperationRecord,
  {
    uid,
    key,
    identity,
    attempts,
    before,
  }: { uid: string; key: string; attempts: Attempts; before: BackupRequest | undefined } & Writer,
): BackupRequest {
  const captured = capturedFrom(record.results?.['capture']);
  const upload = captured?.uploadID ?? record.results?.['open'];
  const seal = captured?.seal;
  const isFailed = record.reason !== undefined;
  const isSameTerm = before?.attempt === Number(record.key) && before.fence.transitions === record.epoch;
  return {
    opID: uid,
    attempt: Number(record.key),
    // Who wrote it stays who wrote it: a new leader has no reason to write to all that has ended.
    fence: isSameTerm ? before.fence : { holder: identity, transitions: record.epoch },
    method: 'Snapshot',
    state: stateOf(record),
    requestedAt: kubeTime(Date.parse(record.startedAt)),
    key,
    ...(typeof upload === 'string' ? { uploadID: upload } : {}),
    ...(seal ? { seal } : {}),
    ...(attempts.nextAttemptAt === undefined ? {} : { nextAttemptAt: kubeTime(attempts.nextAttemptAt) }),
    ...(isFailed ? { error: failureOf(record.message) } : {}),
    ...(!isFailed && record.lastError !== undefined
      ? { error: { code: 'Retrying', message: record.lastError, retryable: true } }
      : {}),
  };
}
