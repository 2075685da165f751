import { isDeepStrictEqual } from 'node:util';
import { labels, type PostgresCluster, type PostgresClusterStatus } from '@stateful/postgres-api';
import {
  reads,
  resources,
  type KubeObject,
  type Lease,
  type ObjectKey,
  type PlanDefinition,
} from '@stateful/reconcile-sdk';
import { postgresClusters } from '../../postgres-clusters.ts';
import { backupRules } from './children/backup-access.ts';
import { instanceRules } from './children/instance-access.ts';
import { failoverOf } from './failover.ts';
import { managedBy } from './labels.ts';
import { observe, type ObserveOptions } from './observe.ts';
import { plan } from './plan.ts';
import { type Snapshot } from './snapshot.ts';
import { withProblems } from './status.ts';

const ours = `app.kubernetes.io/managed-by=${managedBy}`;

/** All that the engine needs to run PostgresClusters. */
export const postgresClusterPlan = (
  options: ObserveOptions,
): PlanDefinition<PostgresCluster, Snapshot, PostgresClusterStatus> => ({
  ...postgresClusterDeclaration,
  observe: (cluster, context) => observe(cluster, context, options),
  plan,
  withProblems,
});

/** What it watches, makes, deletes and hands out: its rights follow from this alone. */
export const postgresClusterDeclaration = {
  name: 'postgrescluster',
  resource: postgresClusters,
  owns: [
    { resource: resources.statefulSets, labelSelector: ours },
    { resource: resources.services, labelSelector: ours },
    // Passwords are never deleted here: the garbage collector does it when the cluster is gone.
    { resource: resources.secrets, labelSelector: ours, keep: true, createOnly: true },
    { resource: resources.configMaps, labelSelector: ours },
    { resource: resources.podDisruptionBudgets, labelSelector: ours },
    { resource: resources.serviceAccounts, labelSelector: ours },
    { resource: resources.roles, labelSelector: ours },
    { resource: resources.roleBindings, labelSelector: ours },
    { resource: resources.cronJobs, labelSelector: ours },
  ],
  reads: [
    // Pods that cannot work are deleted, so that they are made anew.
    reads({
      resource: resources.pods,
      labelSelector: labels.cluster,
      parentsOf: clusterOf,
      deletes: true,
    }),
    reads({ resource: resources.jobs, labelSelector: labels.cluster, parentsOf: clusterOf }),
    reads({
      resource: resources.leases,
      labelSelector: labels.cluster,
      parentsOf: (lease, old) => (isRenewal(lease, old) ? [] : clusterOf(lease)),
    }),
    reads({
      resource: resources.persistentVolumeClaims,
      labelSelector: labels.cluster,
      parentsOf: clusterOf,
    }),
  ],
  grants: [...instanceRules('cluster'), ...backupRules('cluster')],
} satisfies Partial<PlanDefinition<PostgresCluster, Snapshot, PostgresClusterStatus>>;

/** The cluster that an object says it belongs to. */
function clusterOf({ metadata }: KubeObject): ObjectKey[] {
  const name = metadata?.labels?.[labels.cluster];
  return name === undefined
    ? []
    : [{ name, ...(metadata?.namespace ? { namespace: metadata.namespace } : {}) }];
}

/** A primary renews every two seconds, which says nothing new. */
export const isRenewal = (lease: Lease, old: Lease | undefined): boolean =>
  old !== undefined && isDeepStrictEqual(failoverOf(lease), failoverOf(old));
