import { type EtcdBackup } from '@stateful/etcd-backup-api';
import { reads, type PlanDefinition } from '@stateful/reconcile-sdk';
import { backupStores, etcdBackups } from '../../etcd-backups.ts';
import { finished, type Status } from './draft.ts';
import { observe } from './observe.ts';
import { snapshotBackup, type SnapshotBackupOptions } from './operations/snapshot-backup.ts';
import { plan } from './plan.ts';
import { type Writer } from './request.ts';
import { type View } from './view.ts';

/** What it watches and reads: its rights follow from this alone. */
export const etcdBackupDeclaration = {
  name: 'etcdbackup',
  resource: etcdBackups,
  owns: [],
  // A store that appears wakes nobody: those that wait for it look by themselves.
  reads: [reads({ resource: backupStores, parentsOf: () => [] })],
  grants: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
} satisfies Partial<PlanDefinition<EtcdBackup, View, Status>>;

/** All that the engine needs to run EtcdBackups. */
export const etcdBackupPlan = (
  options: SnapshotBackupOptions & Writer,
): PlanDefinition<EtcdBackup, View, Status> => ({
  ...etcdBackupDeclaration,
  observe: (backup, context) => observe(backup, context, options.openStore),
  plan,
  operations: [snapshotBackup(options)],
  withOperation: (status, { record }, now) => finished(status, record, now, options),
});
