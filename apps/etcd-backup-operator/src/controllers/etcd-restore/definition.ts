import { type EtcdRestore } from '@stateful/etcd-backup-api';
import { reads, resources, ruleOn, type PlanDefinition } from '@stateful/reconcile-sdk';
import { backupStores, etcdBackups, etcdBackupSchedules, etcdRestores } from '../../etcd-backups.ts';
import { finished, type Status } from './draft.ts';
import { restoreLabel } from './member-jobs.ts';
import { observe } from './observe.ts';
import { drillOperation, restoreOperation, type RestoreOptions } from './operations/restore.ts';
import { finalize, isUnderWay, plan } from './plan.ts';
import { type View } from './view.ts';

/** What it watches and reads: its rights follow from this alone. */
export const etcdRestoreDeclaration = {
  name: 'etcdrestore',
  resource: etcdRestores,
  owns: [{ resource: resources.jobs, labelSelector: restoreLabel, createOnly: true }],
  reads: [
    // Those that wait look by themselves.
    reads({ resource: etcdBackups, parentsOf: () => [] }),
    reads({ resource: etcdBackupSchedules, parentsOf: () => [] }),
    reads({ resource: backupStores, parentsOf: () => [] }),
    reads({ resource: etcdRestores, parentsOf: () => [] }),
  ],
  grants: [
    // Its finalizer, which the plan alone can tell of.
    ruleOn(etcdRestores, ['patch']),
    ruleOn(resources.secrets, ['get']),
    ruleOn(resources.persistentVolumeClaims, ['get']),
    ruleOn(resources.pods, ['list']),
    ruleOn(etcdBackups, ['create']),
    ...[resources.statefulSets, resources.deployments].flatMap((resource) => [
      ruleOn(resource, ['get']),
      ruleOn(resource, ['patch'], { subresource: 'scale' }),
    ]),
  ],
} satisfies Partial<PlanDefinition<EtcdRestore, View, Status>>;

/** A restore that is deleted is held for as long as it takes to have the old cluster back; people may let it go. */
const heldMs = 3_600_000;

/** All that the engine needs to run EtcdRestores. */
export const etcdRestorePlan = (options: RestoreOptions): PlanDefinition<EtcdRestore, View, Status> => ({
  ...etcdRestoreDeclaration,
  observe: (restore, context) => observe(restore, context, options),
  plan: (view, now) => plan(view, now, options),
  operations: [restoreOperation(options), drillOperation(options)],
  withOperation: (status, { record }, now) => finished(status, record, now),
  finalizer: {
    name: 'db.example.com/etcd-restore',
    isNeeded: isUnderWay,
    finalize: (view, now) => finalize(view, now, options),
    deadlineMs: heldMs,
    onDeadline: 'hold',
  },
});
