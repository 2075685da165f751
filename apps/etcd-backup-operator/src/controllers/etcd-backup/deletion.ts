import { backupDataFinalizer, ownerField } from '@stateful/etcd-backup-api';
import {
  conditionsFrom,
  hasEnded,
  mergeConditions,
  type ConditionInput,
  type FinalizerDefinition,
  type FinalPlan,
  type OperationRecord,
} from '@stateful/reconcile-sdk';
import { deletionKind } from './deletion-operation.ts';
import { ebsDeletionKind } from './operations/ebs-backup-deletion.ts';
import { expiresAt } from './deletion-ttl.ts';
import { type Status } from './draft.ts';
import { isOurs, type View } from './view.ts';

/** What deletion looks at. */
export type Leaving = Pick<View, 'backup' | 'spec' | 'stored' | 'store' | 'keys' | 'inUse' | 'volumes'>;

/** Longest wait until it is looked again, however far a lock reaches. */
const mostMs = 3_600_000;
const storeAgainMs = 30_000;

const recordOf = ({ backup }: Leaving): OperationRecord | undefined =>
  backup.status?.operation as OperationRecord | undefined;

/** Whether the data goes with the EtcdBackup. Past its time to live it went for that, and then never. Pure. */
export function takesData(view: Leaving): boolean {
  const { spec, backup } = view;
  const deletedAt = Date.parse(backup.metadata?.deletionTimestamp ?? '');
  return spec.deletionPolicy === 'Delete' && !((expiresAt(view) ?? Infinity) <= deletedAt);
}

/** Why its data cannot be deleted now, and when to look again. Pure. */
export function blockedBy(
  view: Leaving,
  now: number,
): { condition: ConditionInput; lookAgainMs: number } | undefined {
  const { spec, stored, store, keys } = view;
  const because = (reason: string, message: string, lookAgainMs: number) => ({
    condition: { type: 'RetentionBlocked', status: 'True' as const, reason, message },
    lookAgainMs,
  });
  const wayOut = 'to let it go without its data, set spec.deletionPolicy to Retain';
  if (spec.hold === true) return because('Held', `spec.hold is true: take it away; or ${wayOut}`, mostMs);
  if (view.inUse) return because('InUse', 'an EtcdRestore needs it: it goes when that has ended', mostMs);
  if (spec.method === 'EbsVolume') {
    return view.volumes?.snapshots === 'unknown'
      ? because(
          'VolumesUnanswered',
          `${view.volumes.problem ?? 'EC2 does not answer'}; ${wayOut}`,
          storeAgainMs,
        )
      : undefined;
  }
  if (!store) {
    return because(
      'StoreMissing',
      `BackupStore ${spec.storeRef?.name} does not exist: create it; or, ${wayOut}`,
      storeAgainMs,
    );
  }
  const until = isOurs(stored) ? (stored.object.retainUntil?.getTime() ?? 0) : 0;
  if (until > now) {
    return because(
      'ObjectLocked',
      `s3://${store.s3.bucket}/${keys.object} is locked until ${new Date(until).toISOString()} and goes then; ${wayOut}`,
      Math.min(until - now, mostMs),
    );
  }
  if (stored.object === 'unknown') {
    return because(
      'StoreFailed',
      `${stored.problem ?? 'the store does not answer'}; ${wayOut}`,
      storeAgainMs,
    );
  }
  return undefined;
}

/** An EtcdBackup that is deleted is held until its data is gone, if that should go with it. */
export const dataFinalizer: FinalizerDefinition<View, Status> = {
  name: backupDataFinalizer,
  isNeeded: ({ spec }) => spec.deletionPolicy === 'Delete',
  finalize,
  deadlineMs: 600_000,
  onDeadline: 'hold',
};

export function finalize(view: Leaving, now: number): FinalPlan<Status> {
  const status = (view.backup.status ?? {}) as Status;
  const record = recordOf(view);
  if (!takesData(view)) return { children: [], status, done: true };
  const isEbs = view.spec.method === 'EbsVolume';
  const kind = isEbs ? ebsDeletionKind : deletionKind;
  const leftBehind = isEbs
    ? `snapshots with the tag ${ownerField}=${view.backup.metadata?.uid}`
    : `s3://${view.store?.s3.bucket ?? ''}/${view.keys.object}`;
  const isForeign = view.stored.object === 'foreign';
  const isDeleted = record?.kind === kind && record.phase === 'Succeeded';
  if (isForeign || isDeleted) return { children: [], status, done: true, ...wish(record, kind) };
  const isBackingUp = record !== undefined && !hasEnded(record) && record.kind !== kind;
  const blocked = blockedBy(view, now);
  const told = blocked?.condition ?? {
    type: 'RetentionBlocked',
    status: 'False' as const,
    reason: 'Deleting',
    message: isBackingUp
      ? 'what was begun is taken back, then its data is deleted'
      : 'its data is being deleted',
  };
  const { generation = 0 } = view.backup.metadata ?? {};
  return {
    children: [],
    // One that is under way is taken back first: an absent wish withdraws it.
    ...(isBackingUp ? {} : blocked ? { operation: 'hold' as const } : { operation: { kind, key: kind } }),
    status: {
      ...status,
      conditions: mergeConditions(
        status.conditions,
        conditionsFrom(status.conditions, [told], generation, now),
      ),
    },
    done: false,
    leftBehind,
    ...(blocked ? { requeueAfterMs: blocked.lookAgainMs } : {}),
  };
}

const wish = (record: OperationRecord | undefined, kind: string): Pick<FinalPlan<Status>, 'operation'> =>
  record?.kind === kind ? { operation: { kind: record.kind, key: record.key } } : {};
