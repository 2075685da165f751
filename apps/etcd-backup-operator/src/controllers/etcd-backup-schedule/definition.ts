import { group, type EtcdBackupSchedule } from '@stateful/etcd-backup-api';
import { reads, type KubeClient, type PlanDefinition } from '@stateful/reconcile-sdk';
import { backupStores, etcdBackups, etcdBackupSchedules, etcdRestores } from '../../etcd-backups.ts';
import { observe, type Outside } from './observe.ts';
import { history } from './operations/history.ts';
import { retention } from './operations/retention.ts';
import { run } from './operations/run.ts';
import { verify } from './operations/verify.ts';
import { plan, withOperation, type Status } from './plan.ts';
import { type View } from './view.ts';

/** What it watches and reads: its rights follow from this alone. */
export const etcdBackupScheduleDeclaration = {
  name: 'etcdbackupschedule',
  resource: etcdBackupSchedules,
  // Made, marked and deleted by operations, each under the name of a slot or a UID; never because a plan does not name them.
  owns: [{ resource: etcdBackups, keep: true }],
  reads: [
    reads({ resource: backupStores, parentsOf: () => [] }),
    reads({ resource: etcdRestores, parentsOf: () => [] }),
  ],
  grants: [
    { apiGroups: [group], resources: ['etcdbackups'], verbs: ['delete'] },
    { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
  ],
} satisfies Partial<PlanDefinition<EtcdBackupSchedule, View, Status>>;

/** All that the engine needs to run EtcdBackupSchedules. */
export const etcdBackupSchedulePlan = (
  client: Pick<KubeClient, 'create' | 'get' | 'find' | 'list' | 'mergePatch' | 'delete'>,
  outside: Outside,
): PlanDefinition<EtcdBackupSchedule, View, Status> => ({
  ...etcdBackupScheduleDeclaration,
  observe: (schedule, context) => observe(schedule, context, outside),
  plan,
  operations: [run(client), retention(client, outside), history(client), verify(client)],
  withOperation,
});
