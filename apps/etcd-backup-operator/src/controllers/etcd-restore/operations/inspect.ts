import { type EtcdMember } from '@stateful/etcd';
import { type EtcdCluster } from '@stateful/etcd-backup-api';
import { resources, type Clock, type KubeClient } from '@stateful/reconcile-sdk';
import { bumpOf, type HighWater } from '../bump.ts';
import { refused, restoreFailed } from '../failure.ts';
import { clusterRefusal } from '../rules.ts';
import { type Marked } from '../selected.ts';
import { oldClusterOf, targetOf, type View } from '../view.ts';
import { readWorkload } from './scale.ts';

export interface InspectTools {
  readonly client: KubeClient;
  readonly openMembers: (cluster: EtcdCluster) => Promise<EtcdMember[]>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What the members that answer say of their cluster. */
interface Live {
  readonly clusterID: string;
  readonly revision: number;
  readonly raftIndex: number;
}

/**
 * Looks at the target: whether it is the one that was meant and is free, how far it has come, and how many pods it has. Asked
 * once early, so that what is wrong is said before anything takes long, and once right before the stop.
 */
export async function inspect(
  view: View,
  { client, openMembers, clock, signal }: InspectTools,
): Promise<Marked> {
  const { spec, namespace, results, rivals } = view;
  const { members, workloadRef } = targetOf(spec);
  if (rivals.length > 0) {
    throw restoreFailed(
      'TargetBusy',
      `EtcdRestore ${rivals.join(', ')} is under way on the same claims: wait until it has ended`,
    );
  }
  for (const { claim } of members) {
    const found = await client.find(resources.persistentVolumeClaims, { namespace, name: claim }, { signal });
    if (!found)
      throw restoreFailed('ClaimNotFound', `PersistentVolumeClaim ${claim} does not exist: create it`);
  }
  const workload = workloadRef ? await readWorkload(client, namespace, workloadRef, signal) : undefined;
  if (workloadRef && !workload) {
    throw restoreFailed(
      'WorkloadNotFound',
      `${workloadRef.kind} ${workloadRef.name} does not exist: create it`,
    );
  }
  if (workload?.losesClaims) {
    throw restoreFailed(
      'ClaimsWouldGo',
      `StatefulSet ${workloadRef?.name} deletes its claims when it is scaled down: set persistentVolumeClaimRetentionPolicy.whenScaled to Retain`,
    );
  }
  if (spec.mode !== 'InPlace' && workload && workload.wanted > 0) {
    throw restoreFailed(
      'TargetBusy',
      `${workloadRef?.kind} ${workloadRef?.name} has ${workload.wanted} replicas, and mode ${spec.mode} is for empty volumes: scale it to 0, or use InPlace`,
    );
  }
  if (spec.mode !== 'InPlace' && view.users !== 'unknown' && view.users.length > 0) {
    throw restoreFailed(
      'TargetBusy',
      `pod ${view.users.map(({ pod }) => pod).join(', ')} has the data mounted: stop it first`,
    );
  }
  const cluster = oldClusterOf(view);
  if (spec.mode === 'InPlace' && !cluster) {
    throw restoreFailed(
      'ClusterUnknown',
      'nothing tells how the members are reached, so it cannot be proven that they stand still: set target.cluster',
    );
  }
  const live = cluster ? await liveOf(await openMembers(cluster), signal) : undefined;
  const now = clock.now();
  const saved = results.select?.etcd ?? {};
  const first = results.inspect;
  const mismatch = clusterRefusal(spec.safety.confirmClusterID, {
    live: live?.clusterID ?? (first?.live ? first.oldClusterID : undefined),
    saved: saved.clusterID,
  });
  if (mismatch) throw refused(mismatch);
  if (spec.mode === 'InPlace' && !live && !first && spec.safety.preRestoreBackup === 'Required') {
    throw restoreFailed(
      'PreRestoreBackupFailed',
      'no member answers, so what is there cannot be backed up first: set safety.preRestoreBackup to IfPossible',
    );
  }
  const { why, ...bump } = bumpOf(
    spec.revision,
    results.check?.revision ?? saved.revision ?? 0,
    seenOf(view, live, now),
    now,
  );
  return {
    at: new Date(now).toISOString(),
    ...(live ? { live: { revision: live.revision, raftIndex: live.raftIndex } } : {}),
    ...(live || spec.safety.confirmClusterID !== undefined
      ? { oldClusterID: live?.clusterID ?? spec.safety.confirmClusterID! }
      : {}),
    ...(workload ? { replicas: workload.wanted } : {}),
    ...bump,
    why,
  };
}

/** All that tells how far the cluster has come: its members, now and at the first look, its schedule, the backup itself. */
function seenOf({ results, sources }: View, live: Live | undefined, now: number): HighWater[] {
  const seen: HighWater[] = [];
  const first = results.inspect;
  if (live) {
    const seconds = first ? (now - Date.parse(first.at)) / 1000 : 0;
    const written = live.revision - (first?.live?.revision ?? live.revision);
    seen.push({
      ...live,
      observedAt: now,
      writesPerSecond: seconds > 0 ? Math.ceil(Math.max(0, written) / seconds) : 0,
    });
  }
  if (!live && first?.live) seen.push({ ...first.live, observedAt: Date.parse(first.at) });
  const water = sources.schedule?.status?.revisionHighWater;
  if (water) {
    const { revision, raftIndex, observedAt, writesPerSecond } = water;
    seen.push({ revision, raftIndex, observedAt: Date.parse(observedAt) || 0, writesPerSecond });
  }
  return seen;
}

async function liveOf(members: readonly EtcdMember[], signal: AbortSignal): Promise<Live | undefined> {
  try {
    const statuses = (
      await Promise.all(members.map((member) => member.status(signal).catch(() => undefined)))
    ).filter((status) => status !== undefined);
    if (statuses.length === 0) return undefined;
    const clusters = [...new Set(statuses.map(({ clusterID }) => clusterID))];
    if (clusters.length > 1) {
      throw restoreFailed('ClusterMismatch', `the endpoints are of clusters ${clusters.join(' and ')}`);
    }
    // A linearizable read, where a quorum answers it: nobody has seen more.
    const linearized = await Promise.any(members.map((member) => member.revision(signal))).catch(() => 0);
    return {
      clusterID: clusters[0]!,
      revision: Math.max(linearized, ...statuses.map(({ revision }) => revision)),
      raftIndex: Math.max(...statuses.map(({ raftIndex }) => raftIndex)),
    };
  } finally {
    for (const member of members) member.close();
  }
}
