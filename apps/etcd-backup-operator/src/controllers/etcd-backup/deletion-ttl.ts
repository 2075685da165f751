import { type EtcdBackup } from '@stateful/etcd-backup-api';
import { guardedDelete, type Plan } from '@stateful/reconcile-sdk';
import { etcdBackups } from '../../etcd-backups.ts';
import { type View } from './view.ts';

type Aged = Pick<View, 'backup' | 'spec'>;

/** When its time to live is over; undefined: it has none, or has not ended. Milliseconds. Pure. */
export function expiresAt({ backup, spec }: Aged): number | undefined {
  const endedAt = Date.parse(backup.status?.completionTime ?? '');
  return spec.ttlSecondsAfterFinished === undefined || Number.isNaN(endedAt)
    ? undefined
    : endedAt + spec.ttlSecondsAfterFinished * 1000;
}

/** The same plan, and the EtcdBackup itself goes when its time is over. Its data stays, see `deletion.ts`. Pure. */
export function withTimeToLive<Status>(
  plan: Plan<Status>,
  view: Aged & Pick<View, 'inUse'>,
  now: number,
): Plan<Status> {
  const at = expiresAt(view);
  if (at === undefined) return plan;
  if (at > now)
    return { ...plan, requeueAfterMs: Math.min(plan.requeueAfterMs ?? Infinity, at - now, 3_600_000) };
  if (view.spec.hold === true || view.inUse) return plan;
  const isStillSo = (live: EtcdBackup): boolean => {
    const end = expiresAt({ backup: live, spec: { ...view.spec, ...live.spec } });
    return live.spec.hold !== true && end !== undefined && end <= now;
  };
  const itself = guardedDelete({
    resource: etcdBackups,
    object: view.backup,
    isStillSo,
    because: 'spec.ttlSecondsAfterFinished is over; its data stays',
  });
  return { ...plan, deletes: [...(plan.deletes ?? []), itself] };
}
