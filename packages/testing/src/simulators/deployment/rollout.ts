import { type LiveDeployment } from './deployment.ts';
import { type LiveReplicaSet } from './replica-set.ts';

/** How many pods each ReplicaSet should have next, of those that differ. */
export type Scale = ReadonlyMap<LiveReplicaSet, number>;

const wantedBy = ({ spec }: LiveReplicaSet): number => spec.replicas ?? 0;
const availableOf = ({ status }: LiveReplicaSet): number => status?.availableReplicas ?? 0;
const sum = (sets: readonly LiveReplicaSet[], of: (set: LiveReplicaSet) => number): number =>
  sets.reduce((total, set) => total + of(set), 0);

/** A number or a share of the replicas. */
export const share = (value: string | number | undefined, replicas: number, up: boolean): number => {
  const percent = /^(\d+)%$/.exec(String(value ?? '25%'));
  if (!percent) return Number(value);
  const exact = (Number(percent[1]) * replicas) / 100;
  return up ? Math.ceil(exact) : Math.floor(exact);
};

/** How many pods may be too many, and how many too few, on the way. */
export function bounds({ spec }: LiveDeployment): { surge: number; unavailable: number } {
  const replicas = spec.replicas ?? 1;
  if (spec.strategy?.type === 'Recreate') return { surge: 0, unavailable: 0 };
  const { maxSurge, maxUnavailable } = spec.strategy?.rollingUpdate ?? {};
  const surge = share(maxSurge, replicas, true);
  const unavailable = share(maxUnavailable, replicas, false);
  // With both at none nothing would ever move.
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas) };
}

/** The next move of a rolling update: up, or else down. */
export function rollingUpdate(
  deployment: LiveDeployment,
  next: LiveReplicaSet,
  old: readonly LiveReplicaSet[],
): Scale {
  const replicas = deployment.spec.replicas ?? 1;
  const { surge, unavailable } = bounds(deployment);
  const all = [next, ...old];
  if (wantedBy(next) > replicas) return new Map([[next, replicas]]);
  const room = replicas + surge - sum(all, wantedBy);
  if (wantedBy(next) < replicas && room > 0) {
    return new Map([[next, Math.min(replicas, wantedBy(next) + room)]]);
  }
  return scaleDownOld(next, old, replicas - unavailable);
}

/** First those that do not work, then as many as those that do can spare. */
function scaleDownOld(next: LiveReplicaSet, old: readonly LiveReplicaSet[], atLeast: number): Scale {
  const result = new Map<LiveReplicaSet, number>();
  const unavailableOfNext = wantedBy(next) - availableOf(next);
  let most = sum([next, ...old], wantedBy) - atLeast - unavailableOfNext;
  if (most <= 0) return result;
  for (const set of old) {
    const broken = Math.min(most, wantedBy(set) - availableOf(set));
    if (broken <= 0) continue;
    result.set(set, wantedBy(set) - broken);
    most -= broken;
  }
  let spare = sum([next, ...old], availableOf) - atLeast;
  for (const set of old) {
    const now = result.get(set) ?? wantedBy(set);
    const taken = Math.min(now, Math.max(0, spare));
    if (taken <= 0) continue;
    result.set(set, now - taken);
    spare -= taken;
  }
  return result;
}

/** All old ones go, and are gone, before the first new one comes. */
export function recreate(
  deployment: LiveDeployment,
  next: LiveReplicaSet | undefined,
  old: readonly LiveReplicaSet[],
  arePodsGone: boolean,
): Scale {
  const result = new Map<LiveReplicaSet, number>();
  for (const set of old) if (wantedBy(set) > 0) result.set(set, 0);
  if (result.size > 0 || !arePodsGone || !next) return result;
  const replicas = deployment.spec.replicas ?? 1;
  if (wantedBy(next) !== replicas) result.set(next, replicas);
  return result;
}
