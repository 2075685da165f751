import { parseQuantity, type PostgresClusterSpec } from '@stateful/postgres-api';
import { type ConditionInput } from '@stateful/reconcile-sdk';
import { outdated, type Instance } from './instances.ts';
import { isUseless } from './replacements.ts';
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
    return existing < spec.replicas
      ? yes('CreatingInstances', `${existing} of ${spec.replicas} instances exist`)
      : yes('RemovingInstances', `${existing} instances exist, ${spec.replicas} are wanted`);
  }
  const old = outdated(instances, checksum);
  if (old.length > 0) return yes('RestartPending', restartAdvice(old));
  const sizeNow = volumeSizes(snapshot)?.smallest;
  if (sizeNow !== undefined && parseQuantity(spec.storage.size) > parseQuantity(sizeNow)) {
    return yes(
      'VolumeGrowthPending',
      `volumes have ${sizeNow} and spec.storage.size is ${spec.storage.size}: this version does not grow them; grow the PersistentVolumeClaims by hand where their StorageClass allows it`,
    );
  }
  return { type: 'Progressing', status: 'False', reason: 'Settled', message: 'nothing is left to do' };
}

/** Those that do not run are replaced without a person. Of the others the primary comes last. */
function restartAdvice(old: readonly Instance[]): string {
  const replaced = old.filter(({ pod }) => pod !== undefined && isUseless(pod));
  if (replaced.length > 0) return `${listed(replaced)} did not run and get new pods that take up the change`;
  const isPrimary = (instance: Instance): boolean => instance.role === 'primary';
  const order = [...old.filter((instance) => !isPrimary(instance)), ...old.filter(isPrimary)];
  return `${listed(order)} must be restarted to take up the change: delete the pods one at a time in this order, each when all others are ready`;
}

const listed = (instances: readonly Instance[]): string => instances.map(({ name }) => name).join(', ');
