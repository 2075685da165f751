import { etcdBackupScheduleSpecSchema, type EtcdBackupSchedule } from '@stateful/etcd-backup-api';
import { backupKeys } from '@stateful/etcd-backup-api';
import {
  describeError,
  hasEnded,
  type Clock,
  type ObserveContext,
  type OperationRecord,
} from '@stateful/reconcile-sdk';
import { type Store } from '@stateful/backup-store-api';
import { type ObjectStore } from '@stateful/object-store';
import { backupStores, etcdBackups, etcdRestores } from '../../etcd-backups.ts';
import { type OpenMembers } from '../../ports/members.ts';
import { type OpenStore } from '../../ports/stores.ts';
import { backupInUse } from '../etcd-restore/in-use.ts';
import { isComplete, isGoing, newestFirst, uidOf } from './backups.ts';
import { type Listing, type ReadInventory } from './inventory.ts';
import { retentionOf, stockOf } from './keeping.ts';
import { retentionKind } from './operations/kinds.ts';
import { dueRun, isTiming, timingOf, unchangedSince } from './timing.ts';
import { type Inventory, type ListingReason, type Progress, type Surroundings, type View } from './view.ts';

/** What a schedule reaches beside the API server. */
export interface Outside {
  readonly clock: Clock;
  readonly openStore: OpenStore;
  readonly openMembers: OpenMembers;
  readonly readInventory: ReadInventory;
}

/** Looks at the schedule's EtcdBackups, and at its store or its cluster when something is to be decided by them. */
export async function observe(
  schedule: EtcdBackupSchedule,
  context: ObserveContext,
  outside: Outside,
): Promise<View> {
  const around = surroundings(schedule, context);
  const now = outside.clock.now();
  const [progress, inventory] = await Promise.all([
    progressOf(around, now, outside, context.signal),
    inventoryOf(around, now, outside, context.signal),
  ]);
  return { ...around, progress, inventory };
}

function surroundings(schedule: EtcdBackupSchedule, { store }: Pick<ObserveContext, 'store'>): Surroundings {
  const { uid = '', namespace = '', name = '' } = schedule.metadata ?? {};
  const spec = etcdBackupScheduleSpecSchema.parse(schedule.spec);
  const { storeRef } = spec.template;
  const named = storeRef ? store(backupStores).get(namespace, storeRef.name)?.spec : undefined;
  const restores = store(etcdRestores).all();
  return {
    schedule,
    uid,
    namespace,
    name,
    spec,
    record: schedule.status?.operation as OperationRecord | undefined,
    backups: store(etcdBackups).ownedBy(uid),
    inUse: new Set(
      restores
        .filter(({ metadata }) => metadata?.namespace === namespace)
        .flatMap((restore) => backupInUse(restore) ?? []),
    ),
    store: spec.template.store ?? (named ? { s3: named.s3 } : undefined),
  };
}

/** A linearizable read: a member that is behind would say that nothing has changed. */
async function progressOf(
  around: Surroundings,
  now: number,
  { openMembers }: Outside,
  signal: AbortSignal,
): Promise<Progress> {
  const timing = timingOf(around, now);
  if (!isTiming(timing) || !unchangedSince(around, now)) return 'not-asked';
  if (dueRun(around, timing, now).run === undefined) return 'not-asked';
  const opened = await openMembers(around.namespace, around.spec.template.cluster, signal).catch(() => []);
  try {
    return await Promise.any(
      opened.map(async (member) => {
        const [{ clusterID }, revision] = await Promise.all([member.status(signal), member.revision(signal)]);
        return { clusterID, revision };
      }),
    );
  } catch {
    return 'unknown';
  } finally {
    for (const member of opened) member.close();
  }
}

/** Whether the store has to be listed, and what for. Pure. */
export function listingReason(around: Surroundings, now: number): ListingReason | undefined {
  const { schedule, spec, record, backups } = around;
  if (spec.template.method !== 'Snapshot') return undefined;
  // What is found is of use to who may begin something; an operation that deletes looks by itself.
  if (record && !hasEnded(record)) return undefined;
  const { inventory, retentionPlan: plan } = schedule.status ?? {};
  const newest = newestFirst(backups.filter((backup) => isComplete(backup) && !isGoing(backup)))[0];
  if (newest && plan?.after !== uidOf(newest)) return 'NewBackup';
  if (!inventory || !plan) return 'Refresh';
  if (plan.generation !== schedule.metadata?.generation) return 'SpecChanged';
  const computedAt = Date.parse(plan.computedAt);
  const ends = plan.blocked.flatMap(({ until }) => (until === undefined ? [] : [Date.parse(until)]));
  if (ends.some((end) => end > computedAt && end <= now)) return 'LockEnded';
  return record?.kind === retentionKind && plan.operation !== record.id ? 'Refresh' : undefined;
}

async function inventoryOf(
  around: Surroundings,
  now: number,
  { openStore, readInventory }: Outside,
  signal: AbortSignal,
): Promise<Inventory> {
  const { store, namespace, spec } = around;
  const reason = listingReason(around, now);
  if (!reason) return 'not-asked';
  if (!store) return { problem: `BackupStore ${spec.template.storeRef?.name} does not exist: create it` };
  let opened: ObjectStore | undefined;
  try {
    opened = await openStore(namespace, store, signal);
    const listing = await readInventory(opened, store.s3.prefix, signal);
    return { ...listing, reason, locks: await locksOf(opened, store, around, listing, now, signal) };
  } catch (error) {
    return { problem: describeError(error) };
  } finally {
    opened?.close();
  }
}

/** How often it is looked whether those that would go now are locked. What is left is found when it is deleted. */
const rounds = 20;

/** When the store allows to delete those that retention would: only they are asked for, since each is a request. */
export async function locksOf(
  opened: ObjectStore,
  { s3 }: Store,
  around: Parameters<typeof stockOf>[0],
  listing: Listing,
  now: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const locks = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    const planned = retentionOf(around, stockOf(around, listing, locks), now)?.delete ?? [];
    const asked = planned.filter((uid) => !locks.has(uid));
    await Promise.all(
      asked.map(async (uid) => {
        const facts = await opened.head(backupKeys(s3.prefix, uid).object, { signal });
        locks.set(uid, facts?.retainUntil?.getTime() ?? 0);
      }),
    );
    if (asked.every((uid) => (locks.get(uid) ?? 0) <= now)) break;
  }
  return locks;
}
