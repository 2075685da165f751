import { labels, names, ordinalOf, type InstanceStatus } from '@stateful/postgres-api';
import { type Pod } from '@stateful/reconcile-sdk';
import { isPodReady } from './pod-state.ts';
import { isOutdated } from './replacements.ts';
import { type Snapshot } from './snapshot.ts';

export interface Instance extends InstanceStatus {
  readonly pod: Pod | undefined;
}

/** Every instance there is or should be, in the order of their ordinals. */
export function instancesOf(snapshot: Snapshot, members: number): Instance[] {
  const cluster = snapshot.cluster.metadata?.name ?? '';
  const pods = new Map(snapshot.pods.map((pod) => [ordinalOf(cluster, pod.metadata?.name ?? ''), pod]));
  pods.delete(undefined);
  const count = Math.max(members, ...[...pods.keys()].map((ordinal) => (ordinal ?? 0) + 1));
  const holder = snapshot.failover.kind === 'known' ? snapshot.failover.holder : undefined;
  return Array.from({ length: count }, (_, ordinal): Instance => {
    const name = names.instance(cluster, ordinal);
    const pod = pods.get(ordinal);
    const node = pod?.spec?.nodeName;
    return {
      name,
      role: roleOf(name, holder, pod),
      ready: isPodReady(pod),
      ...(node === undefined ? {} : { node }),
      pod,
    };
  });
}

/** The Lease alone says who is primary; a label may be a leftover. */
function roleOf(name: string, holder: string | undefined, pod: Pod | undefined): InstanceStatus['role'] {
  if (name === holder) return 'primary';
  return pod?.metadata?.labels?.[labels.role] === 'replica' ? 'replica' : 'unknown';
}

/** Instances whose pods were made from an older template than the wanted one. */
export const outdated = (instances: readonly Instance[], checksum: string): Instance[] =>
  instances.filter(({ pod }) => pod !== undefined && isOutdated(pod, checksum));
