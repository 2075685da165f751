import { type EtcdBackupStatus } from '@stateful/etcd-backup-api';
import {
  conditionsFrom,
  kubeTime,
  mergeConditions,
  type ConditionInput,
  type OperationRecord,
} from '@stateful/reconcile-sdk';
import { failureOf, type FailureCode } from '../failure.ts';
import { type View } from '../view.ts';
import { type Judged } from './verification.ts';
import { levelOf } from './verification-wish.ts';

type Told = NonNullable<EtcdBackupStatus['verification']>;

const levels: readonly Told['level'][] = ['Stream', 'Stored', 'HashKV', 'Drill'];

/** These say that the data is bad; all others that it could not be told. */
const aboutData: ReadonlySet<string> = new Set<FailureCode>([
  'StoredObjectDiffers',
  'SnapshotUnreadable',
  'RestoreFailed',
  'HashDiffers',
  'RevisionDiffers',
  'KeysDiffer',
]);

const doing: Record<string, string> = {
  check: 'it is being read back',
  drill: 'an etcd is being restored from it',
  judge: 'what the drill found is being read',
  'clean-up': 'the drill is being cleared away',
};

/** The status of a complete backup while it is checked once more, and after: all else stays as it is. Pure. */
export function verificationStatus(view: View, record: OperationRecord, now: number): EtcdBackupStatus {
  const { backup } = view;
  const { operation: _record, operationHistory: _history, ...before } = backup.status ?? {};
  const told = toldOf(record, before.verification, now);
  const verified = verifiedBy(view, record, told);
  const generation = backup.metadata?.generation ?? 0;
  return {
    ...before,
    observedGeneration: generation,
    conditions: verified
      ? mergeConditions(before.conditions, conditionsFrom(before.conditions, [verified], generation, now))
      : before.conditions,
    ...(told ? { verification: told } : {}),
  };
}

/** What came out, once something has. */
function toldOf(record: OperationRecord, before: Told | undefined, now: number): Told | undefined {
  const began = Date.parse(record.startedAt);
  const judged = record.results?.['judge'] as unknown as Judged | undefined;
  if (judged) {
    return { ...judged, durationSeconds: Math.max(0, Math.round((Date.parse(judged.at) - began) / 1000)) };
  }
  if (record.reason === undefined || record.reason === 'Withdrawn' || record.reason === 'CancelRequested')
    return before;
  const { code, message } = failureOf(record.message);
  const reason = `${code}: ${message}`.slice(0, 1024);
  // Told once: its time does not move while the drill is cleared away.
  if (before?.reason === reason && Date.parse(before.at) >= began) return before;
  return {
    level: levelOf(record),
    result: aboutData.has(code) ? 'Failed' : 'Skipped',
    at: kubeTime(now),
    reason,
    durationSeconds: Math.max(0, Math.round((now - began) / 1000)),
  };
}

/** Undefined: as before. */
function verifiedBy(
  { backup, spec, drill }: View,
  record: OperationRecord,
  told: Told | undefined,
): ConditionInput | undefined {
  const was = backup.status?.conditions?.find(({ type }) => type === 'Verified');
  const say = (status: ConditionInput['status'], reason: string, message: string): ConditionInput => ({
    type: 'Verified',
    status,
    reason,
    message,
  });
  const isTold = record.reason !== undefined || record.results?.['judge'] !== undefined;
  if (!isTold) {
    if (was?.status === 'True' || was?.reason !== 'LevelNotReached') return undefined;
    const trouble =
      drill && typeof drill.outcome === 'object' && drill.outcome.state === 'Running'
        ? drill.outcome.message
        : undefined;
    const step = doing[record.step ?? ''] ?? 'it is being checked';
    return say(
      'False',
      'LevelNotReached',
      `${step}${[trouble, record.lastError].map((text) => (text === undefined ? '' : `; ${text}`)).join('')}`,
    );
  }
  if (!told) return undefined;
  if (told.result === 'Passed') {
    const isEnough =
      was?.status === 'True' || levels.indexOf(told.level) >= levels.indexOf(spec.verify.level);
    if (!isEnough)
      return say(
        'False',
        'LevelNotReached',
        `level ${told.level} is reached, ${spec.verify.level} is asked for`,
      );
    return told.level === 'Drill'
      ? say(
          'True',
          'Restored',
          `an etcd restored from it served after ${told.rtoSeconds} s, at revision ${told.restoredRevision}`,
        )
      : say('True', 'ReadBack', `it was read back on ${told.at}, to level ${told.level}`);
  }
  const [, code = 'Failed', message = told.reason ?? ''] =
    /^([A-Z][A-Za-z]+): (.*)$/s.exec(told.reason ?? '') ?? [];
  if (told.result === 'Failed') return say('False', code, message);
  // It is not known to be bad: what was proven before stands.
  return was?.status === 'True' ? undefined : say('False', code, message);
}
