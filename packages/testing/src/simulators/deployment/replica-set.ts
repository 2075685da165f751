import { type Pod } from '@stateful/reconcile-sdk';
import { type Simulator } from '../driver.ts';
import { kinds, storedAs, type Live, type LivePod, type ReplicaSet } from '../kinds.ts';
import { controlledByThis, isGoing, timeOf } from '../meta.ts';
import { type Objects } from '../objects.ts';
import { ownersAmong } from '../owners.ts';
import { availableAt, hasEnded, isReady } from '../stateful-set/set.ts';
import { earlier, statusWrite, type Step, type Write } from '../writes.ts';

export type LiveReplicaSet = Omit<Live<ReplicaSet>, 'spec'> & {
  readonly spec: NonNullable<ReplicaSet['spec']>;
};

/** The ReplicaSet controller. */
export const replicaSetSimulator = (objects: Objects): Simulator => ({
  name: 'replicaset-controller',
  concerns: (change) =>
    change.of === storedAs(kinds.replicaSets) ? [change.key] : ownersAmong(change, 'ReplicaSet', kinds.pods),
  look({ namespace, name }, now) {
    const set = objects.get(kinds.replicaSets, namespace, name);
    if (!set?.spec) return { writes: [] };
    return stepReplicaSet(set as LiveReplicaSet, objects.controlledBy(kinds.pods, set.metadata.uid), now);
  },
});

/** One look: as many pods as wanted, those go first that are worth least. Pure. */
export function stepReplicaSet(set: LiveReplicaSet, pods: readonly LivePod[], now: number): Step {
  const active = pods.filter((pod) => !hasEnded(pod) && !isGoing(pod));
  const missing = (set.spec.replicas ?? 1) - active.length;
  const writes: Write[] = [];
  if (!isGoing(set)) {
    for (let index = 0; index < missing; index++) writes.push(podOf(set));
    if (missing < 0) {
      const worth = [...active].sort(
        (a, b) => rank(a) - rank(b) || ageOf(b) - ageOf(a) || (a.metadata.name < b.metadata.name ? -1 : 1),
      );
      for (const object of worth.slice(0, -missing))
        writes.push({ verb: 'delete', resource: kinds.pods, object });
    }
  }
  const available = active.filter((pod) => (availableAt(pod, set.spec.minReadySeconds) ?? Infinity) <= now);
  const terminating = pods.filter((pod) => !hasEnded(pod) && isGoing(pod)).length;
  const status = {
    // Of the pods that it saw: those just made or deleted are counted when they are seen.
    replicas: active.length,
    ...(active.length > 0 ? { fullyLabeledReplicas: active.length } : {}),
    ...(active.some(isReady) ? { readyReplicas: active.filter(isReady).length } : {}),
    ...(available.length > 0 ? { availableReplicas: available.length } : {}),
    terminatingReplicas: terminating,
    observedGeneration: set.metadata.generation,
  };
  const lookAt = active
    .map((pod) => availableAt(pod, set.spec.minReadySeconds))
    .filter((time) => time !== undefined && time > now)
    .reduce<number | undefined>(earlier, undefined);
  return { writes: [...writes, ...statusWrite(kinds.replicaSets, set, status)], lookAt };
}

/** What has got furthest is worth most: on a node, running, ready. */
const rank = (pod: LivePod): number =>
  (pod.spec?.nodeName ? 1 : 0) + (pod.status?.phase === 'Running' ? 2 : 0) + (isReady(pod) ? 4 : 0);

/** The younger goes first: it has been ready for the shorter time. */
const ageOf = ({ metadata, status }: LivePod): number =>
  timeOf(status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime) ??
  timeOf(metadata.creationTimestamp) ??
  0;

function podOf(set: LiveReplicaSet): Write {
  const { template } = set.spec;
  const object: Pod = {
    metadata: {
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace!,
      ...(template.metadata?.labels ? { labels: template.metadata.labels } : {}),
      ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
      ...(template.metadata?.finalizers ? { finalizers: template.metadata.finalizers } : {}),
      ownerReferences: [controlledByThis(set)],
    },
    spec: template.spec!,
  };
  return { verb: 'create', resource: kinds.pods, object };
}
