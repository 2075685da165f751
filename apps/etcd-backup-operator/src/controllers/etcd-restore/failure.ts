import { OperatorError } from '@stateful/reconcile-sdk';

/** Why a restore came to nothing; the closed list of reasons. Those of Jobs come on top, as the agent names them. */
export type RestoreFailureCode =
  | 'BackupNotFound'
  | 'BackupNotComplete'
  | 'NoBackupMatches'
  | 'StoreNotFound'
  | 'ManifestMissing'
  | 'ManifestUnreadable'
  | 'SchemaTooNew'
  | 'NotVerified'
  | 'OlderEtcd'
  | 'EtcdVersionUnknown'
  | 'BumpNotSupported'
  | 'CannotCompare'
  | 'AuthMismatch'
  | 'ClusterMismatch'
  | 'ClusterUnknown'
  | 'NotEmpty'
  | 'TargetBusy'
  | 'ClaimNotFound'
  | 'ClaimsWouldGo'
  | 'WorkloadNotFound'
  | 'StoredObjectDiffers'
  | 'SnapshotUnreadable'
  | 'PreRestoreBackupFailed'
  | 'NameTaken'
  | 'MembersDisagree'
  | 'RevisionTooLow'
  | 'KeysDiffer'
  | 'HashKVDiffers'
  | 'SameCluster'
  | 'AgentImageUnknown'
  | 'Failed';

/** What does not hold, and what to do about it. */
export interface Refusal {
  readonly reason: RestoreFailureCode;
  readonly message: string;
}

/** Ends the restore: the operation turns back, as far as it has come. */
export const restoreFailed = (code: string, message: string, cause?: unknown): OperatorError =>
  new OperatorError('invalid', `${code}: ${message}`, cause === undefined ? {} : { cause });

export const refused = ({ reason, message }: Refusal): OperatorError => restoreFailed(reason, message);
