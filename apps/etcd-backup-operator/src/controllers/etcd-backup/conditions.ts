import { type EtcdBackupSpec } from '@stateful/etcd-backup-api';
import { type ConditionInput, type OperationRecord } from '@stateful/reconcile-sdk';
import { type Attempts } from './attempts.ts';
import { capturedFrom, verifiedFrom, type Verified } from './captured.ts';
import { failureOf } from './failure.ts';

type Level = EtcdBackupSpec['verify']['level'];
const levels: readonly Level[] = ['Stream', 'Stored', 'HashKV', 'Drill'];
const found: Record<Level, string> = {
  Stream: 'what was sent is whole; the stored object was not read back',
  Stored: 'the stored bytes are those that etcd sent',
  HashKV: 'the stored keys hash to what the members say',
  Drill: 'an etcd started from it',
};

const steps: Record<string, string> = {
  open: 'opening an upload',
  capture: 'reading a member into the store',
  commit: 'making the object visible',
  verify: 'reading the object back',
  sweep: 'clearing leftovers',
  manifest: 'writing the manifest',
};

/** What is so, for people and for `kubectl wait --for=condition=Succeeded`. Pure. */
export function conditionsOf(
  record: OperationRecord | undefined,
  attempts: Attempts,
  problem: string | undefined,
  asked: Level,
): ConditionInput[] {
  const captured = capturedFrom(record?.results?.['capture']);
  const checked = verifiedFrom(record?.results?.['verify']);
  const isStored = record?.phase === 'Succeeded';
  return [
    succeeded(record, attempts, problem),
    {
      type: 'Stored',
      status: isStored ? 'True' : 'False',
      reason: isStored ? 'ManifestWritten' : 'NoManifest',
      message: isStored
        ? `revision ${captured?.seal.revision}, ${captured?.seal.sizeBytes} bytes`
        : 'nothing can be restored from it',
    },
    verified(isStored, checked, asked),
  ];
}

/** True only when all was checked that the spec asks for: what was left out is said, never passed over. */
function verified(isStored: boolean, checked: Verified | undefined, asked: Level): ConditionInput {
  const { level, result, reason = '' } = checked ?? { level: 'Stream', result: 'Skipped' };
  const say = (status: ConditionInput['status'], reason: string, message: string): ConditionInput => ({
    type: 'Verified',
    status,
    reason,
    message,
  });
  if (!isStored) return say('False', 'NotStored', 'there is nothing to verify yet');
  const [, code, message] = /^([A-Z][A-Za-z]+): (.*)$/s.exec(reason) ?? [];
  if (result === 'Failed') return say('False', code ?? 'Failed', message ?? reason);
  if (levels.indexOf(level) < levels.indexOf(asked)) {
    const missing = reason === '' ? `level ${asked} is not reached yet` : reason;
    return say('False', 'LevelNotReached', `${found[level]}; ${missing}`);
  }
  return level === 'Stream'
    ? say('False', 'StreamOnly', found.Stream)
    : say('True', 'ReadBack', found[level]);
}

/** How the backup as a whole stands. `doing`: the step that is under way, for people. Pure. */
export function succeeded(
  record: OperationRecord | undefined,
  attempts: Attempts,
  problem: string | undefined,
  doing = steps[record?.step ?? 'open'] ?? 'under way',
): ConditionInput {
  const say = (status: ConditionInput['status'], reason: string, message: string): ConditionInput => ({
    type: 'Succeeded',
    status,
    reason,
    message,
  });
  if (record?.phase === 'Succeeded') return say('True', 'Completed', 'the backup is complete');
  if (record?.phase === 'Cancelled') return say('False', 'Cancelled', record.message ?? 'it was called off');
  if (record?.phase === 'Failed') {
    const { code, message } = failureOf(record.message);
    return attempts.isOver
      ? say('False', code, `${message}; no further attempt is made`)
      : say('Unknown', code, `attempt ${record.key}: ${message}; another one follows`);
  }
  if (problem !== undefined) return say('Unknown', 'Blocked', problem);
  if (record?.stuck !== undefined) return say('Unknown', 'Retrying', record.stuck);
  if (record?.reason !== undefined) return say('Unknown', 'TakingBack', record.message ?? record.reason);
  return say('Unknown', 'InProgress', doing);
}
