import { resources } from '@stateful/reconcile-sdk';
import { type Scenario, type World } from '../world.ts';
import { installGadgets } from './gadgets.ts';

const table =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';
const labels = { app: 'x' };
const template = {
  metadata: { labels },
  spec: {
    containers: [
      { name: 'main', image: 'example:1' },
      { name: 'side', image: 'example:2' },
    ],
  },
};
const selector = {
  matchLabels: labels,
  matchExpressions: [{ key: 'tier', operator: 'In', values: ['b', 'a'] }],
};
const inTier = { ...template, metadata: { labels: { ...labels, tier: 'a' } } };

/** Ages depend on when the question is asked. */
const ageless = (cell: unknown): unknown =>
  typeof cell === 'string'
    ? cell.replace(/^(?:\d+[smhdy])+$/, 'AGE').replace(/(?:\d+[smhdy])+ ago/, 'AGE ago')
    : cell;

interface TableBody {
  columnDefinitions: { name: string }[];
  rows: { cells: unknown[] }[];
}
const agelessTable = ({ rows, ...rest }: TableBody): TableBody => ({
  ...rest,
  rows: rows.map((row) => ({ ...row, cells: row.cells.map(ageless) })),
});

/** A Table, with its ages taken out. */
async function show(world: World, path: string, what = path): Promise<void> {
  const body = (await world.quietly(() => world.ask({ method: 'GET', path, accept: table }))) as TableBody;
  world.note(what, 'rows' in body ? agelessTable(body) : body);
}

/** The cells alone, for kinds whose rows are what is of interest. */
async function cells(world: World, path: string): Promise<void> {
  const body = (await world.quietly(() => world.ask({ method: 'GET', path, accept: table }))) as TableBody;
  world.note(
    path,
    body.rows.map((row) =>
      Object.fromEntries(body.columnDefinitions.map(({ name }, index) => [name, ageless(row.cells[index])])),
    ),
  );
}

/** What `kubectl get` prints. */
export const tables: readonly Scenario[] = [
  {
    name: 'rows of a kind of a CRD',
    async run(world) {
      const { client, namespace } = world;
      const { group, resource } = await installGadgets(world);
      const at = (version: string, rest = ''): string =>
        `/apis/${group}/${version}/namespaces/${namespace}/gadgets${rest}`;
      await show(world, at('v1'), 'no rows');
      await world.quietly(async () => {
        const key = { namespace, name: 'a' };
        await client.create(resource, {
          metadata: { ...key, labels: { 'a.b/c': 'dotted' } },
          spec: {
            size: 3,
            limit: 1.5,
            on: true,
            tags: ['x', 'y'],
            port: 80,
            since: '2020-01-01T00:00:00Z',
            free: { b: [1, 'c'] },
          },
        });
        await client.mergePatch(
          resource,
          key,
          {
            status: {
              conditions: [
                { type: 'Other', status: 'x' },
                { type: 'Ready', status: 'True' },
              ],
            },
          },
          { subresource: 'status' },
        );
        await client.create(resource, {
          metadata: { namespace, name: 'b' },
          spec: { size: 1, port: 'http' },
        });
      });
      await show(world, at('v1'), 'all');
      await show(world, at('v1', '?limit=1&includeObject=None'), 'a page without objects');
      await show(world, at('v1', '/b?includeObject=Object'), 'one, with the object');
      await show(world, at('v1beta1'), 'a version without columns');
      await show(world, at('v1', '/c'), 'one that is not there');
    },
  },
  {
    name: 'a watch of rows',
    async run({ client, namespace, ask, events, quietly, stream }) {
      const { configMaps } = resources;
      const key = { namespace, name: 'a' };
      await quietly(() => client.create(configMaps, { metadata: key, data: { a: '1' } }));
      const list = (await quietly(() =>
        ask({ method: 'GET', path: `/api/v1/namespaces/${namespace}/configmaps` }),
      )) as { metadata: { resourceVersion: string } };
      const query = `watch=true&timeoutSeconds=5&resourceVersion=${list.metadata.resourceVersion}`;
      const watch = stream({
        method: 'GET',
        path: `/api/v1/namespaces/${namespace}/configmaps?${query}&fieldSelector=metadata.name%3Da`,
        accept: table,
      });
      await watch;
      await quietly(async () => {
        await client.mergePatch(configMaps, key, { data: { b: '2' } });
        await client.delete(configMaps, key);
      });
      await events(watch, 2, (event) => {
        const { object, ...rest } = event as { object: TableBody };
        return { ...rest, object: agelessTable(object) };
      });
    },
  },
  {
    name: 'rows of built-in workloads',
    async run(world) {
      const { client, namespace } = world;
      const status = { subresource: 'status' } as const;
      await world.quietly(async () => {
        const key = { namespace, name: 'w' };
        const { deployments, statefulSets, jobs, cronJobs, podDisruptionBudgets } = resources;
        await client.create(deployments, {
          metadata: key,
          spec: { replicas: 3, selector, template: inTier },
        });
        await client.mergePatch(
          deployments,
          key,
          { status: { replicas: 3, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 1 } },
          status,
        );
        await client.create(statefulSets, {
          metadata: key,
          spec: { serviceName: 'w', replicas: 2, selector: { matchLabels: labels }, template },
        });
        await client.mergePatch(statefulSets, key, { status: { replicas: 2, readyReplicas: 1 } }, status);
        await client.create(cronJobs, {
          metadata: key,
          spec: {
            schedule: '1 2 * * *',
            timeZone: 'Etc/UTC',
            suspend: true,
            jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } },
          },
        });
        await client.create(podDisruptionBudgets, {
          metadata: key,
          spec: { maxUnavailable: '30%', selector: { matchLabels: labels } },
        });
        void jobs;
      });
      const of = (group: string, plural: string): string =>
        `/apis/${group}/v1/namespaces/${namespace}/${plural}`;
      await show(world, of('apps', 'deployments'));
      for (const [group, plural] of [
        ['apps', 'statefulsets'],
        ['batch', 'cronjobs'],
        ['policy', 'poddisruptionbudgets'],
      ] as const) {
        await cells(world, of(group, plural));
      }
    },
  },
  {
    name: 'rows of pods in every condition',
    async run(world) {
      const { client, namespace, quietly } = world;
      const { pods } = resources;
      const running = { running: { startedAt: '2020-01-01T00:00:00Z' } };
      const container = (name: string, ready: boolean, state: object, more: object = {}): object => ({
        name,
        ready,
        state,
        image: 'example:1',
        imageID: '',
        restartCount: 0,
        ...more,
      });
      const finished = (exitCode: number, reason?: string): object => ({
        terminated: {
          exitCode,
          ...(reason ? { reason } : {}),
          finishedAt: '2020-01-01T00:00:00Z',
          startedAt: '2020-01-01T00:00:00Z',
        },
      });
      const states: Record<string, object> = {
        pending: {},
        running: {
          phase: 'Running',
          podIP: '10.1.2.3',
          podIPs: [{ ip: '10.1.2.3' }],
          containerStatuses: [container('main', true, running), container('side', true, running)],
        },
        half: {
          phase: 'Running',
          containerStatuses: [
            container('main', true, running),
            container(
              'side',
              false,
              { waiting: { reason: 'CrashLoopBackOff' } },
              {
                restartCount: 4,
                lastState: finished(1, 'Error'),
              },
            ),
          ],
        },
        done: {
          phase: 'Succeeded',
          containerStatuses: [
            container('main', false, finished(0, 'Completed')),
            container('side', false, finished(0, 'Completed')),
          ],
        },
        partly: {
          phase: 'Running',
          containerStatuses: [
            container('main', false, finished(0, 'Completed')),
            container('side', true, running),
          ],
        },
        failed: {
          phase: 'Failed',
          containerStatuses: [container('main', false, finished(3)), container('side', true, running)],
        },
        evicted: { phase: 'Failed', reason: 'Evicted' },
        starting: {
          phase: 'Pending',
          initContainerStatuses: [
            container('one', true, finished(0, 'Completed')),
            container('two', false, { waiting: { reason: 'PodInitializing' } }),
          ],
        },
        broken: {
          phase: 'Pending',
          initContainerStatuses: [
            container('one', false, finished(2, 'Error'), { restartCount: 2 }),
            container('two', false, { waiting: { reason: 'PodInitializing' } }),
          ],
        },
      };
      await quietly(async () => {
        for (const [name, status] of Object.entries(states)) {
          const isInit = 'initContainerStatuses' in status;
          const spec = isInit
            ? {
                ...template.spec,
                initContainers: [
                  { name: 'one', image: 'example:3' },
                  { name: 'two', image: 'example:4' },
                ],
              }
            : template.spec;
          const key = { namespace, name };
          await client.create(pods, {
            metadata: key,
            spec: { ...spec, readinessGates: name === 'running' ? [{ conditionType: 'Extra' }] : [] },
          });
          if (Object.keys(status).length > 0)
            await client.mergePatch(pods, key, { status }, { subresource: 'status' });
        }
      });
      await cells(world, `/api/v1/namespaces/${namespace}/pods`);
    },
  },
  {
    name: 'rows of the other built-in kinds',
    async run(world) {
      const { client, namespace, quietly } = world;
      const { configMaps, secrets, services, serviceAccounts, persistentVolumeClaims, leases, roles } =
        resources;
      const { roleBindings, coreEvents: events, endpointSlices } = resources;
      const metadata = { namespace, name: 'a' };
      await quietly(async () => {
        await client.create(configMaps, { metadata, data: { a: '1', b: '2' }, binaryData: { c: 'YQ==' } });
        await client.create(secrets, { metadata, type: 'helm.sh/release.v1', data: { release: 'YQ==' } });
        await client.create(serviceAccounts, { metadata });
        await client.create(services, {
          metadata,
          spec: {
            clusterIP: 'None',
            selector: labels,
            ports: [
              { name: 'a', port: 80 },
              { name: 'b', port: 53, protocol: 'UDP' },
            ],
          },
        });
        await client.create(services, {
          metadata: { namespace, name: 'b' },
          spec: { type: 'ExternalName', externalName: 'example.com' },
        });
        await client.create(persistentVolumeClaims, {
          metadata,
          spec: {
            storageClassName: 'fast',
            accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
            resources: { requests: { storage: '1Gi' } },
          },
        });
        await client.create(leases, { metadata, spec: { holderIdentity: 'me' } });
        await client.create(roles, {
          metadata,
          rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
        });
        await client.create(roleBindings, {
          metadata,
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' },
          subjects: [
            { kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' },
            { kind: 'ServiceAccount', name: 'a', namespace: 'x' },
            { kind: 'ServiceAccount', name: 'b', namespace: 'y' },
          ],
        });
        await client.create(events, {
          metadata,
          involvedObject: { kind: 'Pod', name: 'p', namespace, fieldPath: 'spec.containers{main}' },
          reason: 'Started',
          message: 'It runs',
          type: 'Normal',
          source: { component: 'kubelet', host: 'node-1' },
          firstTimestamp: '2020-01-01T00:00:00Z',
          lastTimestamp: '2020-01-01T00:00:00Z',
          count: 3,
        });
        await client.create(endpointSlices, {
          metadata,
          addressType: 'IPv4',
          ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
          endpoints: [{ addresses: ['10.0.0.9'] }, { addresses: ['10.0.0.8'] }],
        });
      });
      for (const path of [
        'api/v1/NS/configmaps',
        'api/v1/NS/secrets',
        'api/v1/NS/serviceaccounts',
        'api/v1/NS/services',
        'api/v1/NS/persistentvolumeclaims',
        'api/v1/NS/events',
        'apis/coordination.k8s.io/v1/NS/leases',
        'apis/rbac.authorization.k8s.io/v1/NS/roles',
        'apis/rbac.authorization.k8s.io/v1/NS/rolebindings',
        'apis/discovery.k8s.io/v1/NS/endpointslices',
      ]) {
        await cells(world, `/${path.replace('NS', `namespaces/${namespace}`)}`);
      }
      await show(world, `/api/v1/namespaces/${namespace}`, 'a namespace');
      await cells(world, '/apis/storage.k8s.io/v1/storageclasses?fieldSelector=metadata.name%3Dnone');
    },
  },
];
