import { equalJson } from '../../api-server/json.ts';
import { type Simulator } from '../driver.ts';
import { shortHash } from '../hash.ts';
import { kinds, storedAs, type Live, type LivePod } from '../kinds.ts';
import { controlledByThis, isGoing, timeOf } from '../meta.ts';
import { type Objects } from '../objects.ts';
import { ownersAmong } from '../owners.ts';
import { hasEnded } from '../stateful-set/set.ts';
import { statusWrite, type Step, type Write } from '../writes.ts';
import { hashLabel, historyAnnotation, revisionAnnotation, type LiveDeployment } from './deployment.ts';
import { type LiveReplicaSet } from './replica-set.ts';
import { isResized, resize, sizeAnnotations } from './resize.ts';
import { bounds, recreate, rollingUpdate } from './rollout.ts';
import { deploymentStatus } from './status.ts';

/** The Deployment controller. */
export const deploymentSimulator = (objects: Objects): Simulator => ({
  name: 'deployment-controller',
  concerns: (change) => {
    if (change.of === storedAs(kinds.deployments)) return [change.key];
    if (change.of !== storedAs(kinds.pods)) return ownersAmong(change, 'Deployment', kinds.replicaSets);
    // A pod that is gone: one that makes all anew waits for the last of them.
    return ownersAmong(change, 'ReplicaSet', kinds.pods).flatMap((key) => {
      const [namespace, name = ''] = key.split('/');
      const set = objects.get(kinds.replicaSets, namespace, name);
      const owner = set?.metadata.ownerReferences?.find(({ kind }) => kind === 'Deployment');
      return owner && change.deleted ? [`${namespace ?? ''}/${owner.name}`] : [];
    });
  },
  look({ namespace, name }, now) {
    const deployment = objects.get(kinds.deployments, namespace, name);
    if (!deployment?.spec) return { writes: [] };
    const sets = objects.controlledBy(kinds.replicaSets, deployment.metadata.uid) as LiveReplicaSet[];
    const pods = sets.flatMap(({ metadata }) => objects.controlledBy(kinds.pods, metadata.uid));
    return stepDeployment(deployment as LiveDeployment, sets, pods, now);
  },
});

/** One look of the Deployment controller: pure. */
export function stepDeployment(
  deployment: LiveDeployment,
  sets: readonly LiveReplicaSet[],
  pods: readonly LivePod[],
  now: number,
): Step {
  const { spec } = deployment;
  const next = sets.find((set) => equalJson(templateOf(set), spec.template));
  const old = sets
    .filter((set) => set !== next)
    .sort(
      (a, b) =>
        revisionOf(a) - revisionOf(b) ||
        (timeOf(a.metadata.creationTimestamp) ?? 0) - (timeOf(b.metadata.creationTimestamp) ?? 0),
    );
  if (isGoing(deployment)) return { writes: [] };
  const writes: Write[] = [];
  let made: string | undefined;
  const revision = Math.max(0, ...old.map(revisionOf)) + 1;
  const isRecreate = spec.strategy?.type === 'Recreate';
  const arePodsGone = !pods.some(
    (pod) => !hasEnded(pod) && old.some((set) => pod.metadata.ownerReferences?.[0]?.uid === set.metadata.uid),
  );
  if (
    !next &&
    !spec.paused &&
    (!isRecreate || (arePodsGone && old.every((set) => (set.spec.replicas ?? 0) === 0)))
  ) {
    const room = isRecreate
      ? Infinity
      : (spec.replicas ?? 1) +
        bounds(deployment).surge -
        old.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0);
    const write = replicaSetOf(deployment, revision, Math.max(0, Math.min(spec.replicas ?? 1, room)));
    made = (write.object.metadata ?? {}).name;
    writes.push(write);
  } else if (next && revisionOf(next) < revision && old.length > 0) {
    writes.push(update(withRevision(next, revision)));
  }
  if (writes.length === 0) {
    const isScaling = spec.paused === true || isResized(deployment, sets);
    const scale = isScaling
      ? resize(deployment, next, old)
      : isRecreate
        ? recreate(deployment, next, old, arePodsGone)
        : next
          ? rollingUpdate(deployment, next, old)
          : new Map<LiveReplicaSet, number>();
    for (const [set, replicas] of scale) {
      if (replicas !== set.spec.replicas || isScaling) writes.push(...scaled(deployment, set, replicas));
    }
  }
  const current = String(next ? Math.max(revisionOf(next), old.length > 0 ? revision : 1) : revision);
  if ((next ?? made) !== undefined && deployment.metadata.annotations?.[revisionAnnotation] !== current) {
    writes.push({
      verb: 'update',
      resource: kinds.deployments,
      object: {
        ...deployment,
        metadata: {
          ...deployment.metadata,
          annotations: { ...deployment.metadata.annotations, [revisionAnnotation]: current },
        },
      },
    });
  }
  const { status, lookAt } = deploymentStatus(deployment, next, old, made, now);
  return {
    writes: [
      ...writes,
      // Whatever its version is by now.
      ...statusWrite(kinds.deployments, unversioned(deployment), status),
      ...beyondHistory(
        deployment,
        old,
        status.updatedReplicas === (spec.replicas ?? 1) && status.replicas === (spec.replicas ?? 1),
      ),
    ],
    lookAt,
  };
}

/** An object that is written whatever has been written of it meanwhile. */
const unversioned = ({ metadata: { resourceVersion: _any, ...metadata }, ...rest }: LiveDeployment): Live =>
  ({ ...rest, metadata }) as never;

const revisionOf = ({ metadata }: LiveReplicaSet): number =>
  Number(metadata.annotations?.[revisionAnnotation] ?? 0);

const update = (object: LiveReplicaSet): Write => ({
  verb: 'update',
  resource: kinds.replicaSets,
  object: object,
});

function scaled(deployment: LiveDeployment, set: LiveReplicaSet, replicas: number): Write[] {
  const annotations = { ...set.metadata.annotations, ...sizeAnnotations(deployment) };
  const next = { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } };
  return equalJson(next, set) ? [] : [update(next)];
}

/** Taken up again as the newest, with the numbers that it had before. */
function withRevision(set: LiveReplicaSet, revision: number): LiveReplicaSet {
  const { annotations = {} } = set.metadata;
  const former = [annotations[historyAnnotation], annotations[revisionAnnotation]].filter(Boolean).join(',');
  const next = { ...annotations, [historyAnnotation]: former, [revisionAnnotation]: String(revision) };
  return { ...set, metadata: { ...set.metadata, annotations: next } };
}

/** The template without the label that tells one ReplicaSet's pods from another's. */
function templateOf({ spec: { template } }: LiveReplicaSet): object {
  const { [hashLabel]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

function replicaSetOf(
  deployment: LiveDeployment,
  revision: number,
  replicas: number,
): Write & { verb: 'create' } {
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = shortHash(template);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  return {
    verb: 'create',
    resource: kinds.replicaSets,
    object: {
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        namespace: deployment.metadata.namespace!,
        labels,
        annotations: { ...sizeAnnotations(deployment), [revisionAnnotation]: String(revision) },
        ownerReferences: [controlledByThis(deployment)],
      },
      spec: {
        replicas,
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
        ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      },
    } as never,
  };
}

/** Old ReplicaSets beyond the limit go, once nothing of them is left. */
function beyondHistory(
  { spec }: LiveDeployment,
  old: readonly LiveReplicaSet[],
  isComplete: boolean,
): Write[] {
  if (!isComplete) return [];
  const empty = old.filter((set) => (set.spec.replicas ?? 0) === 0 && (set.status?.replicas ?? 0) === 0);
  return empty
    .slice(0, Math.max(0, empty.length - (spec.revisionHistoryLimit ?? 10)))
    .map((object) => ({ verb: 'delete', resource: kinds.replicaSets, object: object as never }));
}
