import { ordinalOf, type PostgresClusterSpec } from '@stateful/postgres-api';
import { hasData, type Snapshot } from './snapshot.ts';
import { whyNoShrink } from './spec-check.ts';

/** How many instances there should be now, on the way to how many are wanted. */
export interface Size {
  /** What the agents are told: who takes part in replication and elections. */
  readonly members: number;
  /** What the StatefulSet is told. */
  readonly pods: number;
  /** Why the two are not yet what is wanted, for people. */
  readonly held: string | undefined;
}

/**
 * Growing is done at once. Shrinking goes in two steps that are each safe when everything stops after them: the
 * agents first take the instances out of the quorum, then their pods go. The primary is never among those that
 * go; while it is not known who that is, or too few of those that stay work, nobody goes.
 */
export function sizeOf(snapshot: Snapshot, spec: PostgresClusterSpec): Size {
  const name = snapshot.cluster.metadata?.name ?? '';
  const wanted = spec.replicas;
  const now = snapshot.statefulSet?.spec?.replicas;
  if (now === undefined || now <= wanted) return { members: wanted, pods: wanted, held: undefined };
  const hold = (members: number, held: string): Size => ({ members, pods: now, held });
  const { failover } = snapshot;
  if (failover.kind === 'unknown') return hold(now, `it is not known who is primary: ${failover.why}`);
  if (failover.kind === 'absent') {
    return hasData(snapshot)
      ? hold(now, 'the Lease of the primary is missing')
      : { members: wanted, pods: wanted, held: undefined };
  }
  const leaves = (instance: string): boolean => (ordinalOf(name, instance) ?? now) >= wanted;
  const primary = failover.holder;
  if (primary === undefined) return hold(now, 'no instance is primary at the moment');
  if (leaves(primary)) {
    return hold(
      now,
      `${primary} is primary and would be removed; it stays until an instance below ${wanted} is primary (delete the pod ${primary} to have another elected)`,
    );
  }
  const against = whyNoShrink(snapshot, spec);
  if (against !== undefined) return hold(now, against);
  const stillVoting = new Set(failover.state?.quorum.flatMap((rule) => rule.members).filter(leaves) ?? []);
  if (stillVoting.size > 0) {
    return hold(wanted, `${[...stillVoting].sort().join(', ')} must leave the quorum first`);
  }
  return { members: wanted, pods: wanted, held: undefined };
}
