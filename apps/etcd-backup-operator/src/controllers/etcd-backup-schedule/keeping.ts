import { type EtcdBackup } from '@stateful/etcd-backup-api';
import {
  hasFailed,
  isComplete,
  isFoundBad,
  isGoing,
  isVerified,
  nameOf,
  newestFirst,
  uidOf,
} from './backups.ts';
import { type Listing, type StoredBackup } from './inventory.ts';
import { planRetention, type Kept, type RetentionPlan } from './retention.ts';
import { type Surroundings } from './view.ts';

/** What retention looks at: names in it are UIDs. */
export interface Stock {
  /** Backups of this schedule that are not going. */
  readonly ours: readonly StoredBackup[];
  /** Those of an earlier schedule of this name, unless they were adopted. */
  readonly orphans: readonly StoredBackup[];
  readonly kept: readonly Kept[];
}

type About = Pick<Surroundings, 'uid' | 'namespace' | 'name' | 'spec' | 'backups' | 'inUse'>;

/** Made by an earlier schedule of the same name, which is no more: one namespace has one of each name. */
const isOrphan = ({ schedule, namespace }: StoredBackup, { uid, name, namespace: here }: About): boolean =>
  schedule !== undefined && schedule.uid !== uid && schedule.name === name && namespace === here;

/** Whether the data of a backup may be deleted in the name of this schedule. Pure. */
export const isOfSchedule = (stored: StoredBackup, about: About): boolean =>
  stored.schedule?.uid === about.uid || (about.spec.orphans === 'Adopt' && isOrphan(stored, about));

/** Joins what the store has with the EtcdBackups: these say what is verified, held, used or going. Pure. */
export function stockOf(about: About, listing: Listing, locks: ReadonlyMap<string, number>): Stock {
  const byUid = new Map(about.backups.map((backup) => [uidOf(backup), backup]));
  const ours = listing.backups.filter((stored) => {
    const backup = byUid.get(stored.uid);
    return backup ? !isGoing(backup) : isOfSchedule(stored, about);
  });
  return {
    ours,
    orphans: listing.backups.filter(
      (stored) => !byUid.has(stored.uid) && isOrphan(stored, about) && !isOfSchedule(stored, about),
    ),
    kept: ours.map((stored): Kept => {
      const backup = byUid.get(stored.uid);
      const lockedUntil = locks.get(stored.uid);
      return {
        name: stored.uid,
        time: stored.time,
        bytes: stored.bytes,
        isVerified: backup ? isVerified(backup) : stored.isVerified,
        isHeld: backup?.spec.hold === true || about.inUse.has(stored.name),
        ...(lockedUntil === undefined ? {} : { lockedUntil }),
      };
    }),
  };
}

/** What retention says of a stock; without rules everything stays. Pure. */
export function retentionOf(
  { spec }: Pick<Surroundings, 'spec'>,
  { kept }: Stock,
  now: number,
): RetentionPlan | undefined {
  const { retention, timeZone, template } = spec;
  if (!retention || template.method !== 'Snapshot') return undefined;
  return planRetention(kept, retention, { now, timeZone });
}

/** An EtcdBackup that goes although its data stays, or that never had any. */
export interface Surplus {
  readonly name: string;
  readonly uid: string;
  /** Leftovers of a backup that failed go with it. */
  readonly data: 'Keep' | 'Delete';
}

/** `successfulHistoryLimit` and `failedHistoryLimit`, the oldest first. Pure. */
export function surplusOf({ spec, backups, inUse }: About, stock: Stock | undefined): Surplus[] {
  const free = newestFirst(backups).filter(
    (backup) => !isGoing(backup) && backup.spec.hold !== true && !inUse.has(nameOf(backup)),
  );
  const failed = free
    .filter(hasFailed)
    .slice(spec.failedHistoryLimit)
    .map((backup): Surplus => ({
      name: nameOf(backup),
      uid: uidOf(backup),
      data: backup.status?.lastBackupRequest?.seal ? 'Delete' : 'Keep',
    }));
  const complete = free
    .filter(isComplete)
    .slice(spec.successfulHistoryLimit)
    .filter((backup) => isToldByStore(backup, stock))
    .map((backup): Surplus => ({ name: nameOf(backup), uid: uidOf(backup), data: 'Keep' }));
  return [...failed, ...complete].toReversed();
}

/** What only the EtcdBackup knows, that it was verified later or found bad, must not be forgotten with it. */
function isToldByStore(backup: EtcdBackup, stock: Stock | undefined): boolean {
  if (backup.spec.method === 'EbsVolume') return false;
  const stored = stock?.ours.find(({ uid }) => uid === uidOf(backup));
  return stored !== undefined && !isFoundBad(backup) && stored.isVerified === isVerified(backup);
}
