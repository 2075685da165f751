import { parseQuantity, type PostgresClusterSpec } from '@stateful/postgres-api';
import { type ConditionInput } from '@stateful/reconcile-sdk';
import { outdated, type Instance } from './instances.ts';
import { type Size } from './size.ts';
import { type Snapshot } from './snapshot.ts';
import { volumeSizes } from './volume-size.ts';

/** True while the cluster is on its way to its spec, with what it waits for. */
export function progressingCondition(
  snapshot: Snapshot,
  {
    spec,
    size,
    instances,
    checksum,
  }: {
    spec: PostgresClusterSpec;
    size: Size;
    instances: readonly Instance[];
    checksum: string;
  },
): ConditionInput {
  const yes = (reason: string, message: string): ConditionInput => ({
    type: 'Progressing',
    status: 'True',
    reason,
    message,
  });
  if (size.held !== undefined) {
    return yes('ShrinkHeld', `going from ${size.pods} to ${spec.replicas} instances waits: ${size.held}`);
  }
  const existing = snapshot.pods.length;
  if (existing !== spec.replicas) {
    return yes('Scaling', `${existing} of ${spec.replicas} instances exist`);
  }
  const old = outdated(instances, checksum).map((instance) => instance.name);
  if (old.length > 0) {
    const primary = snapshot.failover.kind === 'known' ? snapshot.failover.holder : undefined;
    const order = [...old.filter((name) => name !== primary), ...old.filter((name) => name === primary)];
    return yes(
      'RestartPending',
      `${order.join(', ')} must be restarted to take up the change; delete the pods one at a time in this order, each when all are ready`,
    );
  }
  const sizeNow = volumeSizes(snapshot)?.smallest;
  if (sizeNow !== undefined && parseQuantity(spec.storage.size) > parseQuantity(sizeNow)) {
    return yes(
      'VolumeGrowthPending',
      `volumes have ${sizeNow} and spec.storage.size is ${spec.storage.size}: this version does not grow them; grow the PersistentVolumeClaims by hand where their StorageClass allows it`,
    );
  }
  return { type: 'Progressing', status: 'False', reason: 'Settled', message: 'nothing is left to do' };
}
