import {
  fieldManagersOf,
  OperatorError,
  resources,
  type KubeClient,
  type Resource,
  type StatefulSet,
} from '@stateful/reconcile-sdk';
import { type EtcdRestoreSpec } from '@stateful/etcd-backup-api';
import { restoreFailed } from '../failure.ts';
import { type Workload } from '../view.ts';

export type WorkloadRef = NonNullable<NonNullable<EtcdRestoreSpec['target']>['workloadRef']>;

interface Read extends Workload {
  readonly live: StatefulSet;
  /** Scaling it down would delete the very data. */
  readonly losesClaims: boolean;
}

/** Read as a StatefulSet, of whose fields those that are read here are a Deployment's too. */
const resourceOf = ({ kind }: WorkloadRef): Resource<StatefulSet> =>
  kind === 'StatefulSet' ? resources.statefulSets : (resources.deployments as Resource<StatefulSet>);

/** The workload as it is live; undefined: there is none. */
export async function readWorkload(
  client: KubeClient,
  namespace: string,
  ref: WorkloadRef,
  signal: AbortSignal,
): Promise<Read | undefined> {
  const live = await client.find(resourceOf(ref), { namespace, name: ref.name }, { signal });
  if (!live) return undefined;
  const isSeen = (live.status?.observedGeneration ?? 0) >= (live.metadata?.generation ?? 0);
  return {
    live,
    wanted: live.spec?.replicas ?? 1,
    current: isSeen ? (live.status?.replicas ?? 0) : undefined,
    losesClaims: live.spec?.persistentVolumeClaimRetentionPolicy?.whenScaled === 'Delete',
  };
}

/**
 * Scales a workload, bound to the very state that was read. Scaled down again after somebody scaled it up, it is scaled down
 * once more, and said who does that: the members must not come back by themselves in the middle of it.
 */
export async function scale(
  client: KubeClient,
  namespace: string,
  ref: WorkloadRef,
  { replicas, wasAsked }: { replicas: number; wasAsked: boolean },
  signal: AbortSignal,
): Promise<void> {
  const found = await readWorkload(client, namespace, ref, signal);
  if (!found) {
    throw restoreFailed('WorkloadNotFound', `${ref.kind} ${ref.name} does not exist any more`);
  }
  if (found.wanted === replicas) return;
  const others = fieldManagersOf(found.live, '.spec.replicas').filter((name) => name !== client.fieldManager);
  const { uid, resourceVersion } = found.live.metadata ?? {};
  await client.mergePatch(
    resourceOf(ref),
    { namespace, name: ref.name },
    {
      metadata: {
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
      spec: { replicas },
    },
    { subresource: 'scale', signal },
  );
  if (wasAsked) {
    throw new OperatorError(
      'conflict',
      `${ref.kind} ${ref.name} was scaled to ${found.wanted} again, by ${others.join(', ') || 'somebody'}: suspend what does that (a HorizontalPodAutoscaler, another operator) until the restore has ended`,
    );
  }
}
