import { type LiveDeployment } from './deployment.ts';
import { bounds, type Scale } from './rollout.ts';
import { type LiveReplicaSet } from './replica-set.ts';

const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maxAnnotation = 'deployment.kubernetes.io/max-replicas';

/** What a ReplicaSet remembers of the size that it was made for. */
export const sizeAnnotations = (deployment: LiveDeployment): Record<string, string> => {
  const replicas = deployment.spec.replicas ?? 1;
  return {
    [desiredAnnotation]: String(replicas),
    [maxAnnotation]: String(replicas + bounds(deployment).surge),
  };
};

/** Whether the size of the Deployment, and not its template, has changed since a ReplicaSet was scaled. */
export const isResized = (deployment: LiveDeployment, sets: readonly LiveReplicaSet[]): boolean =>
  sets.some(
    ({ spec, metadata }) =>
      (spec.replicas ?? 0) > 0 &&
      metadata.annotations?.[desiredAnnotation] !== undefined &&
      metadata.annotations[desiredAnnotation] !== String(deployment.spec.replicas ?? 1),
  );

/** The one that works takes the whole change; in the middle of a rolling update each takes its share. */
export function resize(
  deployment: LiveDeployment,
  next: LiveReplicaSet | undefined,
  old: readonly LiveReplicaSet[],
): Scale {
  const replicas = deployment.spec.replicas ?? 1;
  const all = next ? [next, ...old] : [...old];
  const active = all.filter(({ spec }) => (spec.replicas ?? 0) > 0);
  const only = active.length === 0 ? (next ?? old.at(-1)) : active.length === 1 ? active[0] : undefined;
  if (only) return new Map([[only, replicas]]);
  const now = active.reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0);
  const wanted = replicas === 0 ? 0 : replicas + bounds(deployment).surge;
  let left = wanted - now;
  const result = new Map<LiveReplicaSet, number>();
  // The largest first, and what cannot be shared goes to it.
  const sorted = [...active].sort((a, b) => (b.spec.replicas ?? 0) - (a.spec.replicas ?? 0));
  for (const set of sorted) {
    const before = set.spec.replicas ?? 0;
    const most = Number(set.metadata.annotations?.[maxAnnotation] ?? now);
    const part = Math.round((before * wanted) / most) - before;
    const taken = left > 0 ? Math.min(left, part) : Math.max(left, part);
    result.set(set, before + taken);
    left -= taken;
  }
  if (left !== 0 && sorted[0]) result.set(sorted[0], Math.max(0, (result.get(sorted[0]) ?? 0) + left));
  return result;
}
