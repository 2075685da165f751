import { manifestSchemaVersion, type BackupManifest } from '@stateful/etcd-backup-api';
import { type Captured } from './captured.ts';
import { type View } from './view.ts';

/** The same for the same capture. Pure. */
export const manifestOf = (
  { backup, uid, namespace, keys }: View,
  { seal, etcd, timings }: Captured,
): BackupManifest => ({
  schemaVersion: manifestSchemaVersion,
  opID: uid,
  backup: { namespace, name: backup.metadata?.name ?? '' },
  object: { key: keys.object, compression: 'None', ...seal },
  etcd,
  pointInTime: timings.pointInTime,
});
