import { type LivePod } from '../kinds.ts';
import { isGoing } from '../meta.ts';
import { isHealthy, revisionOf, type LiveSet } from './set.ts';

/**
 * The pods that a rolling update takes away now, from the highest ordinal down to the partition. One that is broken
 * stops it: a template that does not work takes no second pod along, and neither does the next template replace
 * the broken pod under `OrderedReady` (kubernetes/kubernetes 67250) before somebody deletes it.
 */
export function toReplace(
  set: LiveSet,
  /** From the first ordinal to the last; undefined where there is none. */
  pods: readonly (LivePod | undefined)[],
  update: string,
  isAvailable: (pod: LivePod) => boolean,
  /** Feature gate MaxUnavailableStatefulSet. */
  canBeMany: boolean,
): LivePod[] {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type !== 'RollingUpdate') return [];
  const partition = rollingUpdate?.partition ?? 0;
  const most = maxUnavailable(rollingUpdate?.maxUnavailable, set.spec.replicas ?? 1);
  if (most === undefined || !canBeMany) return oneByOne(pods, partition, update);
  const missing = pods.filter((pod) => !pod || !isAvailable(pod) || isGoing(pod)).length;
  const taken: LivePod[] = [];
  for (let index = pods.length - 1; index >= partition && taken.length < most - missing; index--) {
    const pod = pods[index];
    if (pod && revisionOf(pod) !== update && !isGoing(pod)) taken.push(pod);
  }
  return taken;
}

function oneByOne(pods: readonly (LivePod | undefined)[], partition: number, update: string): LivePod[] {
  for (let index = pods.length - 1; index >= partition; index--) {
    const pod = pods[index];
    if (!pod) return [];
    if (revisionOf(pod) !== update && !isGoing(pod)) return [pod];
    if (!isHealthy(pod)) return [];
  }
  return [];
}

/** As a number of pods, at least one; undefined when it is not set. */
function maxUnavailable(value: string | number | undefined, replicas: number): number | undefined {
  if (value === undefined) return undefined;
  const share = /^(\d+)%$/.exec(String(value));
  const count = share ? Math.floor((Number(share[1]) * replicas) / 100) : Number(value);
  return Math.max(1, count);
}
