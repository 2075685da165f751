import { isDeepStrictEqual } from 'node:util';
import { type EtcdBackup, type EtcdBackupScheduleStatus } from '@stateful/etcd-backup-api';
import { kubeTime } from '@stateful/reconcile-sdk';
import {
  endedAt,
  hasFailed,
  isActive,
  isComplete,
  isGoing,
  isVerified,
  momentOf,
  nameOf,
  newestFirst,
  uidOf,
} from './backups.ts';
import { type Stock } from './keeping.ts';
import { retentionKind } from './operations/kinds.ts';
import { takenBy } from './operations/retention.ts';
import { type RetentionPlan } from './retention.ts';
import { isInventory, type View } from './view.ts';

type Last = NonNullable<EtcdBackupScheduleStatus['lastSuccessful']>;
type HighWater = NonNullable<EtcdBackupScheduleStatus['revisionHighWater']>;

const precise = (time: number): string => new Date(time).toISOString();

/** The newer of what stands there and what is seen: EtcdBackups go, what they showed stays. */
const later = (before: Last | undefined, seen: Last | undefined): Last | undefined =>
  !before || (seen && Date.parse(seen.time) >= Date.parse(before.time)) ? (seen ?? before) : before;

const lastOf = (backup: EtcdBackup | undefined, time: string | undefined): Last | undefined => {
  if (!backup) return undefined;
  const revision = backup.status?.etcd?.revision;
  return {
    name: nameOf(backup),
    time: time ?? kubeTime(endedAt(backup)),
    ...(revision === undefined ? {} : { revision }),
  };
};

/** What the schedule's EtcdBackups show. Pure. */
export function outcomeOf({
  schedule,
  backups,
}: View): Pick<
  EtcdBackupScheduleStatus,
  'lastSuccessful' | 'lastVerified' | 'active' | 'consecutiveFailures' | 'revisionHighWater'
> {
  const before = schedule.status;
  const present = newestFirst(backups.filter((backup) => !isGoing(backup)));
  const complete = present.filter(isComplete);
  const verified = complete
    .filter(isVerified)
    .toSorted((a, b) => verifiedAt(b).localeCompare(verifiedAt(a)) || momentOf(b) - momentOf(a))[0];
  const lastSuccessful = later(before?.lastSuccessful, lastOf(complete[0], undefined));
  const lastVerified = later(before?.lastVerified, lastOf(verified, verified && verifiedAt(verified)));
  const active = backups.filter(isActive).map(nameOf).sort().slice(0, 10);
  const newestGood = Date.parse(lastSuccessful?.time ?? '') || 0;
  const failures = present.filter((backup) => hasFailed(backup) && endedAt(backup) >= newestGood).length;
  const highWater = highWaterOf(before?.revisionHighWater, complete);
  return {
    ...(lastSuccessful ? { lastSuccessful } : {}),
    ...(lastVerified ? { lastVerified } : {}),
    active,
    consecutiveFailures: failures,
    ...(highWater ? { revisionHighWater: highWater } : {}),
  };
}

const verifiedAt = (backup: EtcdBackup): string =>
  backup.status?.verification?.at ?? kubeTime(endedAt(backup));

/** The highest revision ever seen, and how fast revisions came of late: what a restore must go beyond. Pure. */
function highWaterOf(before: HighWater | undefined, complete: readonly EtcdBackup[]): HighWater | undefined {
  const seen = complete
    .flatMap((backup) => {
      const { revision, raftIndex, clusterID } = backup.status?.etcd ?? {};
      return revision === undefined ? [] : [{ revision, raftIndex, clusterID, time: momentOf(backup) }];
    })
    .toSorted((a, b) => b.time - a.time);
  const top = seen.toSorted((a, b) => b.revision - a.revision || b.time - a.time)[0];
  if (!top || (before && before.revision >= top.revision)) return before;
  const [newest] = seen;
  const earlier = seen.find(({ clusterID, time }) => clusterID === newest?.clusterID && time < newest!.time);
  const writes =
    newest && earlier
      ? Math.max(0, Math.ceil((newest.revision - earlier.revision) / ((newest.time - earlier.time) / 1000)))
      : before?.writesPerSecond;
  const raftIndex = Math.max(top.raftIndex ?? 0, before?.raftIndex ?? 0);
  return {
    revision: top.revision,
    ...(raftIndex === 0 ? {} : { raftIndex }),
    observedAt: kubeTime(top.time),
    ...(writes === undefined ? {} : { writesPerSecond: writes }),
  };
}

/** What the store has and what retention says of it; as before when it was not listed now. Pure. */
export function stockStatus(
  view: View,
  stock: Stock | undefined,
  plan: RetentionPlan | undefined,
  now: number,
): Pick<EtcdBackupScheduleStatus, 'inventory' | 'retentionPlan'> {
  const { schedule, inventory, backups, record } = view;
  if (!isInventory(inventory) || !stock) {
    const { inventory: before, retentionPlan } = schedule.status ?? {};
    return { ...(before ? { inventory: before } : {}), ...(retentionPlan ? { retentionPlan } : {}) };
  }
  const before = schedule.status;
  // As long as data that was deleted is still there the end has not come.
  const isEnd =
    record?.kind === retentionKind && !inventory.backups.some(({ uid }) => takenBy(record).includes(uid));
  const seen = isEnd ? record.id : before?.retentionPlan?.operation;
  const names = namesOf(stock);
  const nameOfUid = (uid: string): string => names.get(uid) ?? uid;
  const times = stock.ours.map(({ time }) => time);
  const after = newestFirst(backups.filter((backup) => isComplete(backup) && !isGoing(backup)))[0];
  const found = {
    inventory: {
      count: stock.ours.length,
      bytes: stock.ours.reduce((sum, { bytes }) => sum + bytes, 0),
      verified: stock.kept.filter((kept) => kept.isVerified).length,
      ...(times.length > 0
        ? { oldest: kubeTime(Math.min(...times)), newest: kubeTime(Math.max(...times)) }
        : {}),
      orphans: stock.orphans.length,
      unreadable: inventory.unreadable,
      observedAt: precise(now),
    },
    retentionPlan: {
      computedAt: precise(now),
      ...(after ? { after: uidOf(after) } : {}),
      generation: schedule.metadata?.generation ?? 0,
      ...(seen === undefined ? {} : { operation: seen }),
      keep: (plan?.keep ?? [])
        .slice(0, 1000)
        .map(({ name, reasons }) => ({ name: nameOfUid(name), reasons: [...reasons] })),
      delete: (plan?.delete ?? []).slice(0, 1000).map(nameOfUid),
      blocked: (plan?.blocked ?? []).slice(0, 1000).map(({ name, until, reason }) => ({
        name: nameOfUid(name),
        reason,
        ...(until === undefined ? {} : { until: precise(until) }),
      })),
    },
  };
  // What has not changed is not written again.
  const { inventory: old, retentionPlan: oldPlan } = before ?? {};
  return {
    inventory: isSame(old, found.inventory, 'observedAt') ? old! : found.inventory,
    retentionPlan: isSame(oldPlan, found.retentionPlan, 'computedAt') ? oldPlan! : found.retentionPlan,
  };
}

const isSame = <T extends object>(before: T | undefined, now: T, but: keyof T & string): boolean =>
  isDeepStrictEqual({ ...before, [but]: '' }, { ...now, [but]: '' });

/** By UID; where two backups have one name, the UID tells them apart. */
export function namesOf({ ours }: Stock): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  for (const { name } of ours) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map(ours.map(({ name, uid }) => [uid, counts.get(name) === 1 ? name : `${name} (${uid})`]));
}
