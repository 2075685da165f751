import { type ConditionInput } from '@stateful/reconcile-sdk';
import { type Instance } from './instances.ts';
import { isPodReady, whyNotReady } from './pod-state.ts';
import { hasData, type Snapshot } from './snapshot.ts';

type Verdict = Omit<ConditionInput, 'type'>;

/** The summary: True when writes work and every instance is there. */
export function readyCondition(
  snapshot: Snapshot,
  instances: readonly Instance[],
  members: number,
): ConditionInput {
  return { type: 'Ready', ...verdict(snapshot, instances, members) };
}

function verdict(snapshot: Snapshot, instances: readonly Instance[], members: number): Verdict {
  const { failover, statefulSet } = snapshot;
  if (!statefulSet) return no('Creating', 'the instances have not been made yet');
  if (failover.kind === 'unknown')
    return { status: 'Unknown', reason: 'LeaseUnreadable', message: failover.why };
  if (failover.kind === 'absent') {
    if (hasData(snapshot))
      return no('PrimaryMissing', 'the Lease of the primary is gone; the agents make it anew');
    const old = leftBehind(snapshot);
    return old.length > 0
      ? no(
          'VolumesLeftBehind',
          `${old.join(', ')} ${old.length === 1 ? 'is' : 'are'} older than this PostgresCluster and may hold the data of a former one of this name, which is never overwritten: delete the claim if its data is not wanted, or use another name`,
        )
      : no('Creating', `the first instance is being made: ${describe(instances) || 'all are ready'}`);
  }
  const blocked = failover.state?.candidacy?.blocked;
  if (failover.holder === undefined || failover.state?.candidacy) {
    const candidate = failover.state?.candidacy?.candidate;
    return no(
      'FailoverInProgress',
      `${failover.state?.primary ?? 'the former primary'} is no longer primary; ${candidate ? `${candidate} is being elected` : 'another is being elected'}${blocked ? `: ${blocked}` : ''}`,
    );
  }
  const primary = instances.find((instance) => instance.name === failover.holder);
  if (!isPodReady(primary?.pod)) {
    return no(
      'PrimaryMissing',
      `${failover.holder} is primary and not ready: ${whyNotReady(primary?.pod)}; a replica takes over when its Lease runs out`,
    );
  }
  const missing = instances.slice(0, members).filter((instance) => !instance.ready);
  if (missing.length > 0) {
    return no(
      'InstancesNotReady',
      `${members - missing.length} of ${members} instances are ready, ${failover.holder} is primary: ${describe(missing)}`,
    );
  }
  return {
    status: 'True',
    reason: 'Healthy',
    message: `${failover.holder} is primary, all ${members} instances are ready`,
  };
}

/** Claims from before this cluster, which was never initialised: the agents find data there that is not theirs to take. */
function leftBehind({ cluster, volumes }: Snapshot): string[] {
  const madeAt = Date.parse(cluster.metadata?.creationTimestamp ?? '');
  return volumes
    .filter(({ metadata }) => Date.parse(metadata?.creationTimestamp ?? '') < madeAt)
    .map(({ metadata }) => `claim ${metadata?.name ?? ''}`)
    .sort();
}

const no = (reason: string, message: string): Verdict => ({ status: 'False', reason, message });

const describe = (instances: readonly Instance[]): string =>
  instances
    .filter((instance) => !instance.ready)
    .map((instance) => `${instance.name} ${whyNotReady(instance.pod)}`)
    .join('; ');
