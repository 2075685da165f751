import { describeError, OperatorError } from '@stateful/reconcile-sdk';

/** Why an attempt came to nothing; the closed list of reasons. */
export const failureCodes = [
  'KeyConflict',
  'SnapshotDigestMismatch',
  'StreamBroken',
  'SnapshotBehind',
  'SnapshotUnreadable',
  'ClusterMismatch',
  'CorruptAlarm',
  'NoQuorum',
  'NoMemberAnswers',
  'MembersBehind',
  'LeaderMissing',
  'MembersDisagree',
  'StoreRefused',
  'UploadLost',
  'PartsChanged',
  'StoredObjectDiffers',
  'SecretIncomplete',
  'NotSupported',
  'NotAllowed',
  'BadCredentials',
  'VolumeNotFound',
  'VolumeBusy',
  'SnapshotLimit',
  'Throttled',
  'RequestRefused',
  'SnapshotFailed',
  'StoreUnavailable',
  'NoSpace',
  'RestoreFailed',
  'EtcdUnavailable',
  'AuthRequired',
  'RevisionDiffers',
  'HashDiffers',
  'KeysDiffer',
  'DeadlineExceeded',
  'DrillFailed',
  'Failed',
] as const;
export type FailureCode = (typeof failureCodes)[number];

/** Another attempt would end the same way. */
const final: ReadonlySet<string> = new Set<FailureCode>([
  'KeyConflict',
  'ClusterMismatch',
  'CorruptAlarm',
  'MembersDisagree',
  'NotSupported',
  'VolumeNotFound',
  'RequestRefused',
]);

/** Ends the attempt, not the backup: the operation turns back, and the plan decides on another one. */
export const attemptFailed = (code: FailureCode, message: string, cause?: unknown): OperatorError =>
  new OperatorError('invalid', `${code}: ${message}`, cause === undefined ? {} : { cause });

/** What the record of an operation tells of why it turned back. */
export function failureOf(message = ''): { code: string; message: string; retryable: boolean } {
  const match = /^step [\w-]+: ([A-Z][A-Za-z]+): (.*)$/s.exec(message);
  const code = match?.[1] ?? 'Failed';
  return { code, message: (match?.[2] ?? message).slice(0, 4096), retryable: !final.has(code) };
}

export const textOf = describeError;
