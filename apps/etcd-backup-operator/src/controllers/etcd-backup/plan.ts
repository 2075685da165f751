import { type OperationRecord, type Plan } from '@stateful/reconcile-sdk';
import { attemptsOf } from './attempts.ts';
import { draft, type Status } from './draft.ts';
import { snapshotBackupKind } from './operations/snapshot-backup.ts';
import { isSupported, type View } from './view.ts';

/** How soon it is looked again for a BackupStore that is not there. */
const storeMissingMs = 5_000;

/** What one backup needs: one attempt after the other until one succeeds, or no further one is allowed. Pure. */
export function plan(view: View, now: number): Plan<Status> {
  const { backup, spec, store, uid } = view;
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
  const isStill = record !== undefined && (record.phase === 'Failed' || record.phase === 'Cancelled');
  return {
    children: [],
    ...(isLate && !isStill
      ? {}
      : {
          operation:
            store && isSupported(spec)
              ? { kind: snapshotBackupKind, key: isLate ? (record?.key ?? '1') : String(attempts.wanted) }
              : 'hold',
        }),
    status: draft(view),
    ...(wakeAt === Infinity
      ? store
        ? {}
        : { requeueAfterMs: storeMissingMs }
      : { requeueAfterMs: Math.max(500, wakeAt - now) }),
  };
}
