import { group, type EtcdBackup } from '@stateful/etcd-backup-api';
import { reads, resources, type PlanDefinition, type Resource } from '@stateful/reconcile-sdk';
import { backupStores, etcdBackups, etcdRestores } from '../../etcd-backups.ts';
import { storeWaiters } from '../backup-store/waiters.ts';
import { backupInUse } from '../etcd-restore/in-use.ts';
import { dataFinalizer } from './deletion.ts';
import { deletion } from './deletion-operation.ts';
import { withTimeToLive } from './deletion-ttl.ts';
import { finished, type Status } from './draft.ts';
import { observe } from './observe.ts';
import { ebsDeletion } from './operations/ebs-backup-deletion.ts';
import { ebsBackup, type EbsBackupOptions } from './operations/ebs-backup.ts';
import { snapshotBackup, type SnapshotBackupOptions } from './operations/snapshot-backup.ts';
import { verification } from './operations/verification.ts';
import { drillLabel, type DrillImages } from './operations/verification-drill.ts';
import { plan } from './plan.ts';
import { type Writer } from './request.ts';
import { type View } from './view.ts';

/** What it watches and reads: its rights follow from this alone. */
export const etcdBackupDeclaration = {
  name: 'etcdbackup',
  resource: etcdBackups,
  owns: [{ resource: resources.jobs, labelSelector: drillLabel, createOnly: true }],
  reads: [
    reads({ resource: backupStores, parentsOf: () => [] }),
    // What a drill found; its Job wakes its owner.
    reads({ resource: resources.pods, labelSelector: drillLabel, parentsOf: () => [] }),
    reads({
      resource: etcdRestores,
      // One that has ended lets go of the backup that it needed.
      parentsOf: (restore, old) => {
        const { namespace } = restore.metadata ?? {};
        const name = (old && backupInUse(old)) ?? backupInUse(restore);
        return name === undefined || namespace === undefined ? [] : [{ namespace, name }];
      },
    }),
  ],
  finalizer: dataFinalizer,
  grants: [
    // Itself, when its time to live is over.
    { apiGroups: [group], resources: ['etcdbackups'], verbs: ['delete'] },
    { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
    // Members behind a Service.
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list'] },
  ],
} satisfies Partial<PlanDefinition<EtcdBackup, View, Status>>;

/** All that the engine needs to run EtcdBackups. */
export const etcdBackupPlan = (
  options: SnapshotBackupOptions & EbsBackupOptions & DrillImages & Writer,
): PlanDefinition<EtcdBackup, View, Status> => {
  const waiters = storeWaiters();
  return {
    ...etcdBackupDeclaration,
    reads: etcdBackupDeclaration.reads.map((read) =>
      read.resource === (backupStores as Resource)
        ? reads({ resource: backupStores, parentsOf: waiters.of })
        : read,
    ),
    async observe(backup, context) {
      const view = await observe(backup, context, options);
      const { namespace, spec } = view;
      if (spec.storeRef) {
        const isWaiting = !view.store || view.refusal !== undefined;
        waiters.note(
          { namespace, name: spec.storeRef.name },
          { namespace, name: backup.metadata?.name ?? '' },
          isWaiting,
        );
      }
      return view;
    },
    plan: (view, now) => withTimeToLive(plan(view, now, options), view, now),
    operations: [
      snapshotBackup(options),
      ebsBackup(options),
      ebsDeletion(options),
      verification(options),
      deletion(options),
    ],
    withOperation: (status, { record }, now) => finished(status, record, now, options),
  };
};
