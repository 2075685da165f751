import {
  etcdBackupScheduleKind,
  manifestSchemaVersion,
  scheduleLabel,
  type BackupManifest,
} from '@stateful/etcd-backup-api';
import { controllerOf } from '@stateful/reconcile-sdk';
import { etcdOf, verificationOf, type Captured, type Verified } from './captured.ts';
import { type View } from './view.ts';

/** The same for the same capture. Pure. */
export const manifestOf = (
  view: View,
  captured: Captured,
  verified: Verified | undefined,
): BackupManifest => {
  const { backup, uid, namespace, keys } = view;
  const schedule = scheduleOf(view);
  return {
    schemaVersion: manifestSchemaVersion,
    opID: uid,
    backup: { namespace, name: backup.metadata?.name ?? '' },
    ...(schedule ? { schedule } : {}),
    object: { key: keys.object, compression: 'None', ...captured.seal },
    etcd: etcdOf(captured, verified),
    pointInTime: captured.timings.pointInTime,
    ...(verified ? { verification: verificationOf(verified) } : {}),
  };
};

/** The schedule that made it: its label says so, and it owns it. */
function scheduleOf({ backup }: View): BackupManifest['schedule'] {
  const name = backup.metadata?.labels?.[scheduleLabel];
  const owner = controllerOf(backup);
  return name !== undefined && owner?.kind === etcdBackupScheduleKind.kind && owner.name === name
    ? { name, uid: owner.uid }
    : undefined;
}
