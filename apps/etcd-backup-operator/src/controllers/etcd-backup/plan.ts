import { type OperationRecord, type Plan } from '@stateful/reconcile-sdk';
import { attemptsOf } from './attempts.ts';
import { draft, type Status } from './draft.ts';
import { ebsBackupKind } from './operations/ebs-backup.ts';
import { snapshotBackupKind } from './operations/snapshot-backup.ts';
import { drillChildren, type DrillImages } from './operations/verification-drill.ts';
import { verificationWish } from './operations/verification-wish.ts';
import { type View } from './view.ts';

/** A BackupStore that comes wakes those that wait; this is for those that were forgotten. */
const storeMissingMs = 30_000;

/** What one backup needs: one attempt after the other until one succeeds, or no further one is allowed. Pure. */
export function plan(view: View, now: number, images: DrillImages = {}): Plan<Status> {
  const { backup, spec, store, uid } = view;
  const check = verificationWish(view);
  if (check) {
    return {
      children: drillChildren(view, images),
      operation: store ? check : 'hold',
      status: draft(view),
      ...(store ? {} : { requeueAfterMs: storeMissingMs }),
    };
  }
  const record = backup.status?.operation as OperationRecord | undefined;
  const attempts = attemptsOf(uid, spec.retry, record, now);
  const startedAt = Date.parse(backup.status?.startTime ?? '');
  const deadline =
    spec.activeDeadlineSeconds === undefined || Number.isNaN(startedAt) || record?.phase === 'Succeeded'
      ? Infinity
      : startedAt + spec.activeDeadlineSeconds * 1000;
  const wakeAt = Math.min(attempts.nextAttemptAt ?? Infinity, deadline > now ? deadline : Infinity);
  // An attempt that has failed is not begun anew past the deadline; one that runs is taken back.
  const isLate = now >= deadline;
  const kind = spec.method === 'EbsVolume' ? ebsBackupKind : snapshotBackupKind;
  const hasPlace = spec.method === 'EbsVolume' || (store !== undefined && view.refusal === undefined);
  const isStill = record !== undefined && (record.phase === 'Failed' || record.phase === 'Cancelled');
  return {
    children: [],
    ...(isLate && !isStill
      ? {}
      : {
          operation: hasPlace
            ? { kind, key: isLate ? (record?.key ?? '1') : String(attempts.wanted) }
            : 'hold',
        }),
    status: draft(view),
    ...(wakeAt === Infinity
      ? hasPlace
        ? {}
        : { requeueAfterMs: storeMissingMs }
      : { requeueAfterMs: Math.max(500, wakeAt - now) }),
  };
}
