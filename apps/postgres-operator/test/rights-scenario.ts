import { expect } from '@jest/globals';
import { type PostgresCluster } from '@stateful/postgres-api';
import { resources, type KubeClient, type Resource } from '@stateful/reconcile-sdk';
import { eventually } from '@stateful/local-cluster';
import { postgresClusterDeclaration } from '../src/controllers/postgres-cluster/definition.ts';
import { managedBy } from '../src/controllers/postgres-cluster/labels.ts';
import { postgresClusters } from '../src/index.ts';

/** Of the one cluster that the scenario is about, and of what is not its own. */
const namespace = 'default';
const name = 'pg';
const key = { namespace, name };
const backupStore = { endpoint: 'https://s3.example.com', bucket: 'backups', credentialsSecret: 's3' };
const ours = `app.kubernetes.io/managed-by=${managedBy}`;

/**
 * Everything that may happen to a cluster in the sight of its operator, once: all children made, changed by somebody
 * else, no longer wanted; a pod that cannot start; conditions that come and go.
 */
export async function liveThrough(user: KubeClient): Promise<void> {
  const settled = () => isSettled(user);
  const patch = (spec: object) => user.mergePatch(postgresClusters, key, { spec });

  await user.create(postgresClusters, {
    metadata: key,
    spec: { replicas: 3, version: '17.12.0', storage: { size: '1Gi' } },
  } as unknown as PostgresCluster);
  await settled();
  await patch({ backupStore, backupSchedule: '02:30' });
  await settled();
  await eventually('backups are set up', () => user.get(resources.cronJobs, { ...key, name: 'pg-backup' }));

  // Changed by somebody else, it is put right; a label of ours is on everything that may be changed.
  for (const { resource, createOnly } of postgresClusterDeclaration.owns as readonly {
    resource: Resource;
    createOnly?: boolean;
  }[]) {
    if (createOnly) continue;
    const [one] = (await user.list(resource, { namespace, labelSelector: ours })).items;
    const child = { namespace, name: one?.metadata?.name ?? '' };
    const label = 'app.kubernetes.io/name';
    await user.mergePatch(resource, child, { metadata: { labels: { [label]: 'meddled' } } });
    await eventually(`${resource.kind} ${child.name} is put right`, async () => {
      expect((await user.get(resource, child)).metadata?.labels?.[label]).not.toBe('meddled');
    });
  }

  // What an older operator made and this one does not want goes.
  const { uid = '' } = (await user.get(postgresClusters, key)).metadata ?? {};
  const metadata = {
    namespace,
    name: 'pg-left-over',
    labels: { 'app.kubernetes.io/managed-by': managedBy },
    ownerReferences: [
      { apiVersion: 'db.example.com/v1beta1', kind: 'PostgresCluster', name, uid, controller: true },
    ],
  };
  const labels = { left: 'over' };
  const leftOver: [Resource, object][] = [
    [resources.services, { spec: { ports: [{ port: 1 }] } }],
    [resources.configMaps, {}],
    [resources.serviceAccounts, {}],
    [resources.podDisruptionBudgets, { spec: { maxUnavailable: 1, selector: { matchLabels: labels } } }],
    [
      resources.statefulSets,
      {
        spec: {
          serviceName: 's',
          replicas: 0,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: { containers: [{ name: 'c', image: 'none' }] },
          },
        },
      },
    ],
  ];
  for (const [resource, rest] of leftOver) {
    await user.create(resource, { metadata, ...rest });
    await eventually(`${resource.kind} is pruned`, async () => {
      expect(await user.find(resource, metadata)).toBeUndefined();
    });
  }

  // A pod that cannot start, of an older template.
  const set = await user.get(resources.statefulSets, key);
  const pod = { namespace, name: 'pg-0' };
  await user.create(resources.pods, {
    metadata: {
      ...pod,
      labels: set.spec?.template.metadata?.labels ?? {},
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid: set.metadata?.uid ?? '', controller: true },
      ],
    },
    spec: { containers: [{ name: 'postgres', image: 'none' }] },
  });
  await user
    .mergePatch(resources.pods, pod, { status: { phase: 'Pending' } }, { subresource: 'status' })
    .catch(() => undefined);
  await eventually('the pod is deleted', async () =>
    expect((await user.find(resources.pods, pod))?.metadata?.deletionTimestamp ?? 'gone').toBeTruthy(),
  );

  await growAndShrink(user);
  await patch({ backupStore: null, backupSchedule: null });
  await settled();
  await eventually('backups are taken down', async () => {
    expect(await user.find(resources.cronJobs, { ...key, name: 'pg-backup' })).toBeUndefined();
  });
}

const isSettled = (user: KubeClient): Promise<void> =>
  eventually(
    'the operator has answered',
    async () => {
      const { metadata, status } = await user.get(postgresClusters, key);
      expect(status?.observedGeneration).toBe(metadata?.generation);
    },
    20_000,
  );

/** Conditions that come and go, and are told each time. */
async function growAndShrink(user: KubeClient): Promise<void> {
  for (const replicas of [4, 3]) {
    await user.mergePatch(postgresClusters, key, { spec: { replicas } });
    await isSettled(user);
  }
}

/** As `liveThrough` for a process that comes after another: what was told before is counted on. */
export async function liveOn(user: KubeClient): Promise<void> {
  await growAndShrink(user);
  await eventually('an Event counts', async () => {
    const { items } = await user.list(resources.events, { namespace });
    expect(items.some(({ series }) => (series?.count ?? 0) > 1)).toBe(true);
  });
}
