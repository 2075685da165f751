import { timeText } from '../../api-server/metadata.ts';
import { timeOf } from '../meta.ts';
import { type DeploymentCondition, type DeploymentStatus, type LiveDeployment } from './deployment.ts';
import { bounds } from './rollout.ts';
import { type LiveReplicaSet } from './replica-set.ts';

export interface StatusStep {
  readonly status: DeploymentStatus;
  readonly lookAt: number | undefined;
}

/** What a Deployment says of itself, and when that changes by the passing of time alone. */
export function deploymentStatus(
  deployment: LiveDeployment,
  next: LiveReplicaSet | undefined,
  old: readonly LiveReplicaSet[],
  /** The ReplicaSet made in this very look. */
  made: string | undefined,
  now: number,
): StatusStep {
  const all = next ? [next, ...old] : old;
  const sum = (of: (set: LiveReplicaSet) => number | undefined): number =>
    all.reduce((total, set) => total + (of(set) ?? 0), 0);
  const before: DeploymentStatus = deployment.status ?? {};
  const replicas = sum(({ status }) => status?.replicas);
  const available = sum(({ status }) => status?.availableReplicas);
  const updated = next?.status?.replicas ?? 0;
  const ready = sum(({ status }) => status?.readyReplicas);
  const wanted = deployment.spec.replicas ?? 1;
  const figures = {
    ...some('replicas', replicas),
    ...some('updatedReplicas', updated),
    ...some(
      'readyReplicas',
      sum(({ status }) => status?.readyReplicas),
    ),
    ...some('availableReplicas', available),
    ...some('unavailableReplicas', Math.max(0, sum(({ spec }) => spec.replicas) - available)),
    terminatingReplicas: sum(({ status }) => status?.terminatingReplicas),
  };
  const isDone = updated === wanted && replicas === wanted && available === wanted && made === undefined;
  const beforeUpdated = before.updatedReplicas ?? 0;
  const moved =
    updated > beforeUpdated ||
    replicas - updated < (before.replicas ?? 0) - beforeUpdated ||
    ready > (before.readyReplicas ?? 0) ||
    available > (before.availableReplicas ?? 0);
  const isAvailable = available >= wanted - bounds(deployment).unavailable;
  const availability: DeploymentCondition = isAvailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
  const { condition: progress, lookAt } = progressOf(
    deployment,
    { next, made, isDone, isRolledOut: replicas === updated, moved },
    now,
  );
  const conditions = [availability, ...(progress ? [progress] : [])];
  return {
    status: {
      observedGeneration: deployment.metadata.generation!,
      ...figures,
      conditions: merged(before.conditions ?? [], conditions, now),
      ...(before.collisionCount === undefined ? {} : { collisionCount: before.collisionCount }),
    },
    lookAt,
  };
}

function progressOf(
  { metadata, spec, status }: LiveDeployment,
  {
    next,
    made,
    isDone,
    isRolledOut,
    moved,
  }: {
    next: LiveReplicaSet | undefined;
    made: string | undefined;
    isDone: boolean;
    /** Whether none but pods of the newest template are left, well or not. */
    isRolledOut: boolean;
    moved: boolean;
  },
  now: number,
): { condition: DeploymentCondition | undefined; lookAt: number | undefined } {
  const before = status?.conditions?.find(({ type }) => type === 'Progressing');
  const say = (
    is: string,
    reason: string,
    message: string,
  ): { condition: DeploymentCondition; lookAt: undefined } => ({
    condition: { type: 'Progressing', status: is, reason, message, lastUpdateTime: timeText(now) },
    lookAt: undefined,
  });
  const set = made ?? next?.metadata.name ?? '';
  if (spec.paused) {
    return before?.reason === 'DeploymentPaused'
      ? { condition: before, lookAt: undefined }
      : say('Unknown', 'DeploymentPaused', 'Deployment is paused');
  }
  if (before?.reason === 'DeploymentPaused')
    return say('Unknown', 'DeploymentResumed', 'Deployment is resumed');
  if (made !== undefined) return say('True', 'NewReplicaSetCreated', `Created new replica set "${made}"`);
  if (isDone) {
    return before?.reason === 'NewReplicaSetAvailable'
      ? { condition: before, lookAt: undefined }
      : say('True', 'NewReplicaSetAvailable', `ReplicaSet "${set}" has successfully progressed.`);
  }
  if (before?.reason === 'NewReplicaSetAvailable' && isRolledOut)
    return { condition: before, lookAt: undefined };
  if (moved) return say('True', 'ReplicaSetUpdated', `ReplicaSet "${set}" is progressing.`);
  const due =
    (timeOf(before?.lastUpdateTime) ?? timeOf(metadata.creationTimestamp) ?? now) +
    (spec.progressDeadlineSeconds ?? 600) * 1000;
  if (before?.reason === 'ProgressDeadlineExceeded') return { condition: before, lookAt: undefined };
  return now < due
    ? { condition: before, lookAt: due }
    : say('False', 'ProgressDeadlineExceeded', `ReplicaSet "${set}" has timed out progressing.`);
}

/**
 * What is as it was stays in its place; what has changed comes last. The time of a change is kept where only the
 * reason is another.
 */
function merged(
  before: readonly DeploymentCondition[],
  wanted: readonly DeploymentCondition[],
  now: number,
): DeploymentCondition[] {
  const isSame = (old: DeploymentCondition, next: DeploymentCondition): boolean =>
    old.type === next.type &&
    old.status === next.status &&
    old.reason === next.reason &&
    (next.reason !== 'ReplicaSetUpdated' || next.lastUpdateTime === old.lastUpdateTime);
  const kept = before.filter(
    (old) => wanted.some((next) => isSame(old, next)) || !wanted.some(({ type }) => type === old.type),
  );
  const changed = wanted
    .filter((next) => !before.some((old) => isSame(old, next)))
    .map((next): DeploymentCondition => {
      const old = before.find(({ type, status }) => type === next.type && status === next.status);
      return {
        ...next,
        lastTransitionTime: old?.lastTransitionTime ?? timeText(now),
        lastUpdateTime: next.lastUpdateTime ?? timeText(now),
      };
    });
  return [...kept, ...changed];
}

const some = (name: string, value: number): Record<string, number> => (value === 0 ? {} : { [name]: value });
