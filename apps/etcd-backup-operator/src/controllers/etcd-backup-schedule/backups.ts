import { type EtcdBackup } from '@stateful/etcd-backup-api';

const conditionOf = ({ status }: EtcdBackup, type: string) =>
  status?.conditions?.find((condition) => condition.type === type);

export const isComplete = (backup: EtcdBackup): boolean =>
  conditionOf(backup, 'Succeeded')?.status === 'True';
export const hasFailed = (backup: EtcdBackup): boolean =>
  conditionOf(backup, 'Succeeded')?.status === 'False';
export const isGoing = ({ metadata }: EtcdBackup): boolean => metadata?.deletionTimestamp !== undefined;
export const isActive = (backup: EtcdBackup): boolean =>
  !isComplete(backup) && !hasFailed(backup) && !isGoing(backup);
export const isVerified = (backup: EtcdBackup): boolean =>
  isComplete(backup) && conditionOf(backup, 'Verified')?.status === 'True';

/** What a check found to be bad, as opposed to what was not checked. */
export const isFoundBad = (backup: EtcdBackup): boolean => backup.status?.verification?.result === 'Failed';

export const nameOf = ({ metadata }: EtcdBackup): string => metadata?.name ?? '';
export const uidOf = ({ metadata }: EtcdBackup): string => metadata?.uid ?? '';
export const createdAt = ({ metadata }: EtcdBackup): number =>
  Date.parse(metadata?.creationTimestamp ?? '') || 0;
/** When it ended, well or not; its creation when that is not told. */
export const endedAt = (backup: EtcdBackup): number =>
  Date.parse(backup.status?.completionTime ?? '') || createdAt(backup);
/** The moment that it shows. */
export const momentOf = (backup: EtcdBackup): number =>
  Date.parse(backup.status?.timings?.pointInTime ?? '') || endedAt(backup);

/** The newest first; names decide between the same times. */
export const newestFirst = (backups: readonly EtcdBackup[]): EtcdBackup[] =>
  backups.toSorted((a, b) => endedAt(b) - endedAt(a) || (nameOf(a) < nameOf(b) ? 1 : -1));
