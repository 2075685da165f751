import { scheduleLabel, scheduledAtAnnotation, type EtcdBackup } from '@stateful/etcd-backup-api';
import {
  apiVersionOf,
  controllerOf,
  isAlreadyExists,
  operation,
  OperatorError,
  type KubeClient,
  type OperationDefinition,
  type WantedOperation,
} from '@stateful/reconcile-sdk';
import { etcdBackups, etcdBackupSchedules } from '../../../etcd-backups.ts';
import { backupName, slotText } from '../names.ts';
import { type View } from '../view.ts';
import { runKind } from './kinds.ts';

/** The wish for the backup of one slot. Pure. */
export const runOf = ({ name }: Pick<View, 'name'>, slot: number): WantedOperation => ({
  kind: runKind,
  key: slotText(slot),
  params: { name: backupName(name, slot), slot: new Date(slot).toISOString() },
});

/** The EtcdBackup of a slot. Pure. */
export function backupOf(
  { schedule, namespace, name: ofSchedule, uid }: View,
  { name, slot }: { name: string; slot: string },
): EtcdBackup {
  return {
    metadata: {
      namespace,
      name,
      labels: { [scheduleLabel]: ofSchedule },
      annotations: { [scheduledAtAnnotation]: slot },
      ownerReferences: [
        {
          apiVersion: apiVersionOf(etcdBackupSchedules),
          kind: etcdBackupSchedules.kind,
          name: ofSchedule,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: schedule.spec.template,
  } as EtcdBackup;
}

/**
 * Makes the EtcdBackup of one slot. The slot stands in the status, bound to its version, before; the answer, after: so it is made
 * once, also when its answer was lost, and not again when it has been deleted since.
 */
export const run = (client: Pick<KubeClient, 'create' | 'get'>): OperationDefinition<View> =>
  operation<View>({
    kind: runKind,
    steps: [
      {
        name: 'create',
        done: ({ backups }, { result, params }) =>
          result !== undefined || backups.some(({ metadata }) => metadata?.name === params['name']),
        async act(view, { params, signal }) {
          const wanted = backupOf(view, params as { name: string; slot: string });
          try {
            return (await client.create(etcdBackups, wanted, { signal })).metadata?.uid;
          } catch (error) {
            if (!isAlreadyExists(error)) throw error;
            const { namespace, name = '' } = wanted.metadata ?? {};
            const found = await client.get(
              etcdBackups,
              { name, ...(namespace ? { namespace } : {}) },
              { signal },
            );
            if (controllerOf(found)?.uid === view.uid) return found.metadata?.uid;
            throw new OperatorError(
              'invalid',
              `EtcdBackup ${name} exists and is not of this schedule: delete or rename it; this run is left out`,
            );
          }
        },
      },
    ],
  });
