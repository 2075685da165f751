import { kinds, type ControllerRevision, type Live, type LivePod } from '../kinds.ts';
import { isGoing } from '../meta.ts';
import { earlier, statusWrite, type Step, type Write } from '../writes.ts';
import { claimOwners, missingClaims, type FindClaim } from './claims.ts';
import { podOf } from './pod.ts';
import { revisionsOf, truncated, type Revisions } from './revisions.ts';
import { availableAt, hasEnded, isHealthy, isReady, ordinalOf, revisionOf, type LiveSet } from './set.ts';
import { toReplace } from './update.ts';

/** All that one look at a StatefulSet depends on. */
export interface SetView {
  readonly set: LiveSet;
  /** Pods that it controls. */
  readonly pods: readonly LivePod[];
  readonly history: readonly Live<ControllerRevision>[];
  readonly claim: FindClaim;
  /** Feature gate MaxUnavailableStatefulSet. */
  readonly maxUnavailable: boolean;
}

/** One look of the StatefulSet controller: pure. */
export function stepSet(view: SetView, now: number): Step {
  const { set, history } = view;
  const revisions = revisionsOf(set, history);
  const byOrdinal = new Map<number, LivePod>();
  for (const pod of view.pods) {
    const ordinal = ordinalOf(set, pod.metadata.name);
    if (ordinal !== undefined) byOrdinal.set(ordinal, pod);
  }
  const first = set.spec.ordinals?.start ?? 0;
  const last = first + (set.spec.replicas ?? 1) - 1;
  const condemned = [...byOrdinal.keys()].filter((each) => each < first || each > last).sort((a, b) => b - a);
  const owners = [...byOrdinal].flatMap(([ordinal, pod]) => claimOwners(set, ordinal, pod, view.claim));
  const work = isGoing(set)
    ? { writes: [] as Write[], made: [] as string[] }
    : manage(view, revisions, { byOrdinal, first, last, condemned }, now);
  const status = statusOf(view, revisions, [...byOrdinal.values()], work.made, now);
  const used = new Set([
    revisions.current.name,
    revisions.update.name,
    ...view.pods.map((pod) => revisionOf(pod) ?? ''),
  ]);
  return {
    writes: [
      ...revisions.writes,
      ...owners,
      ...work.writes,
      ...statusWrite(kinds.statefulSets, set, status),
      ...truncated(set, history, used),
    ],
    lookAt: nextAvailable(set, view.pods, now),
  };
}

interface Ordinals {
  readonly byOrdinal: ReadonlyMap<number, LivePod>;
  readonly first: number;
  readonly last: number;
  /** Above the wanted ones, the highest first. */
  readonly condemned: readonly number[];
}

/** Makes, removes and replaces pods; in order, one at a time waits for the one before. */
function manage(
  view: SetView,
  revisions: Revisions,
  { byOrdinal, first, last, condemned }: Ordinals,
  now: number,
): { writes: Write[]; made: string[] } {
  const { set } = view;
  const inOrder = set.spec.podManagementPolicy !== 'Parallel';
  const writes: Write[] = [];
  const made: string[] = [];
  const remove = (object: LivePod): void =>
    void writes.push({ verb: 'delete', resource: kinds.pods, object });
  const all = [...byOrdinal].sort(([a], [b]) => a - b);
  const firstUnhealthy = all.find(([, pod]) => !isHealthy(pod))?.[1];

  for (let ordinal = first; ordinal <= last; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (!pod) {
      const claims = missingClaims(set, ordinal, view.claim);
      writes.push(...claims.writes);
      if (!claims.blocked) {
        const revision = revisionFor(set, revisions, ordinal);
        writes.push(podOf(set, revision, ordinal));
        made.push(revision.name);
      }
      if (inOrder) return { writes, made };
      continue;
    }
    if (hasEnded(pod)) {
      if (!isGoing(pod)) remove(pod);
      return { writes, made };
    }
    if (pod.status?.phase === 'Pending') writes.push(...missingClaims(set, ordinal, view.claim).writes);
    if (inOrder && (isGoing(pod) || !isAvailable(set, pod, now))) return { writes, made };
  }
  for (const ordinal of condemned) {
    const pod = byOrdinal.get(ordinal)!;
    if (isGoing(pod)) {
      if (inOrder) return { writes, made };
      continue;
    }
    if (inOrder && !isAvailable(set, pod, now) && pod !== firstUnhealthy) return { writes, made };
    remove(pod);
    if (inOrder) return { writes, made };
  }
  const present = Array.from({ length: last - first + 1 }, (_, index) => byOrdinal.get(first + index));
  toReplace(
    set,
    present,
    revisions.update.name,
    (pod) => isAvailable(set, pod, now),
    view.maxUnavailable,
  ).forEach(remove);
  return { writes, made };
}

const isAvailable = (set: LiveSet, pod: LivePod, now: number): boolean =>
  (availableAt(pod, set.spec.minReadySeconds) ?? Infinity) <= now;

/** Below the partition a pod that is made anew is still of the old template. */
function revisionFor(set: LiveSet, { current, update }: Revisions, ordinal: number): Revisions['current'] {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  const start = set.spec.ordinals?.start ?? 0;
  const held = type === 'RollingUpdate' && ordinal < start + (rollingUpdate?.partition ?? 0);
  return held ? current : update;
}

function statusOf(
  { set }: SetView,
  { current, update }: Revisions,
  pods: readonly LivePod[],
  made: readonly string[],
  now: number,
): object {
  const staying = pods.filter((pod) => !isGoing(pod));
  const count = (name: string): number =>
    staying.filter((pod) => revisionOf(pod) === name).length + made.filter((each) => each === name).length;
  const replicas = pods.length + made.length;
  const readyReplicas = pods.filter(isReady).length;
  let status = {
    observedGeneration: set.metadata.generation,
    replicas,
    ...some('readyReplicas', readyReplicas),
    availableReplicas: pods.filter((pod) => isAvailable(set, pod, now)).length,
    ...some('currentReplicas', count(current.name)),
    ...some('updatedReplicas', count(update.name)),
    currentRevision: current.name,
    updateRevision: update.name,
    collisionCount: set.status?.collisionCount ?? 0,
    ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
  };
  const isDone =
    set.spec.updateStrategy?.type === 'RollingUpdate' &&
    count(update.name) === replicas &&
    readyReplicas === replicas;
  if (isDone)
    status = { ...status, ...some('currentReplicas', count(update.name)), currentRevision: update.name };
  return status;
}

/** The API leaves out a count of none. */
const some = <K extends string>(name: K, value: number): Partial<Record<K, number>> =>
  value === 0 ? {} : ({ [name]: value } as Record<K, number>);

function nextAvailable(set: LiveSet, pods: readonly LivePod[], now: number): number | undefined {
  return pods
    .map((pod) => availableAt(pod, set.spec.minReadySeconds))
    .filter((time) => time !== undefined && time > now)
    .reduce<number | undefined>(earlier, undefined);
}
