import { scheduleLabel, type EtcdBackup, type EtcdRestoreSpec } from '@stateful/etcd-backup-api';
import { isComplete, isGoing, isVerified, momentOf, nameOf } from '../etcd-backup-schedule/backups.ts';
import { type Refusal } from './failure.ts';

type SchedulePick = NonNullable<EtcdRestoreSpec['source']['schedule']>;

const revisionOf = ({ status }: EtcdBackup): number => status?.etcd?.revision ?? 0;

/** Complete backups of a schedule that are not going, that of the latest moment first; the same for the same set. Pure. */
export const candidatesOf = (backups: readonly EtcdBackup[], schedule: string): EtcdBackup[] =>
  backups
    .filter(
      (backup) =>
        backup.metadata?.labels?.[scheduleLabel] === schedule && !isGoing(backup) && isComplete(backup),
    )
    .toSorted((a, b) => momentOf(b) - momentOf(a) || (nameOf(a) < nameOf(b) ? 1 : -1));

/** The one that a schedule's source means, and why. Pure. */
export function pick(
  candidates: readonly EtcdBackup[],
  { name, pick: rule, time, revision }: SchedulePick,
): { readonly picked: EtcdBackup; readonly why: string } | Refusal {
  const rules: Record<SchedulePick['pick'], { fits: (candidate: EtcdBackup) => boolean; text: string }> = {
    Latest: { fits: () => true, text: 'the newest' },
    LatestVerified: { fits: isVerified, text: 'the newest that is verified' },
    Before: {
      fits: (backup) => momentOf(backup) <= Date.parse(time ?? ''),
      text: `the newest not later than ${time}`,
    },
    AtOrBelowRevision: {
      fits: (backup) => revisionOf(backup) <= (revision ?? 0),
      text: `the newest not beyond revision ${revision}`,
    },
  };
  const { fits, text } = rules[rule];
  const picked = candidates.find(fits);
  if (picked) {
    return {
      picked,
      why: `${text} of ${candidates.length} complete backups of schedule ${name}`,
    };
  }
  return {
    reason: 'NoBackupMatches',
    message:
      candidates.length === 0
        ? `schedule ${name} has no complete backup in this namespace: make one, or name an object of its store`
        : `none of the ${candidates.length} complete backups of schedule ${name} is ${text}: pick otherwise`,
  };
}
