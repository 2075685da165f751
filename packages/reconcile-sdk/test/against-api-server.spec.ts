import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunControlPlane, isWrite, startControlPlane, type ControlPlane } from '@stateful/local-cluster';
import {
  child,
  conditionsFrom,
  connect,
  createLogger,
  createManager,
  createReflector,
  defineResource,
  loadKubeConfig,
  resources,
  systemClock,
  systemRandom,
  type Condition,
  type ConfigMap,
  type KubeClient,
  type Manager,
  type Parent,
  type PlanDefinition,
} from '../src/index.ts';
import { looseDefinition } from './loose-definition.ts';

/** The real kube-apiserver and etcd: what the SDK believes about them is checked on them. */
const canRun = await canRunControlPlane('The SDK');

interface Widget extends Parent {
  spec: { size: number };
  status?: WidgetStatus;
}
interface WidgetStatus {
  size: number;
  conditions?: Condition[] | undefined;
}
const widgets = defineResource<Widget>('test.example.com', 'v1', 'Widget', 'widgets');

/** Children whose stored form differs most from what is applied: defaults, keyed lists, quantities, sets. */
const definition: PlanDefinition<Widget, Widget, WidgetStatus> = {
  name: 'widget',
  resource: widgets,
  owns: [
    { resource: resources.configMaps, labelSelector: 'app=widget' },
    { resource: resources.services, labelSelector: 'app=widget' },
    { resource: resources.statefulSets, labelSelector: 'app=widget' },
  ],
  observe: (widget) => widget,
  plan(widget, now) {
    const name = widget.metadata?.name ?? '';
    const labels = { app: 'widget' };
    return {
      children: [
        child(resources.configMaps, { metadata: { name, labels }, data: { size: String(widget.spec.size) } }),
        child(resources.services, {
          metadata: { name, labels },
          spec: {
            clusterIP: 'None',
            selector: labels,
            ports: [
              { name: 'sql', port: 5432 },
              { name: 'http', port: 8008 },
            ],
          },
        }),
        child(resources.statefulSets, {
          metadata: { name, labels },
          spec: {
            replicas: widget.spec.size,
            serviceName: name,
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: {
                containers: [
                  {
                    name: 'main',
                    image: 'example:1',
                    ports: [{ name: 'sql', containerPort: 5432 }],
                    env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
                    resources: { requests: { cpu: '1000m', memory: '1024Mi' } },
                    securityContext: { capabilities: { drop: ['ALL'] } },
                    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
                  },
                ],
                tolerations: [{ key: 'x', operator: 'Exists' }],
                volumes: [{ name: 'tmp', emptyDir: {} }],
              },
            },
          },
        }),
      ],
      status: {
        size: widget.spec.size,
        conditions: conditionsFrom(
          widget.status?.conditions,
          [{ type: 'Ready', status: 'True', reason: 'Made', message: 'all children exist' }],
          widget.metadata?.generation ?? 0,
          now,
        ),
      },
    };
  },
  withProblems: (status) => status,
};

(canRun ? describe : describe.skip)('on a real API server', () => {
  let plane: ControlPlane;
  let client: KubeClient;
  const running: { stop: AbortController; ended: Promise<void> }[] = [];

  beforeAll(async () => {
    plane = await startControlPlane({ auditLog: true });
    client = connect({ config: await loadKubeConfig({ path: plane.kubeconfigPath }), fieldManager: 'test' });
    await client.create(resources.customResourceDefinitions, looseDefinition(widgets, { hasStatus: true }));
    await eventually('the CRD is served', () =>
      client.list(widgets).then(
        () => true,
        () => false,
      ),
    );
  }, 600_000);

  afterAll(async () => {
    for (const { stop } of running) stop.abort();
    await Promise.all(running.map(({ ended }) => ended));
    await client?.close();
    await plane?.stop();
  }, 60_000);

  async function startManager(
    identity: string,
    namespace: string,
  ): Promise<{ manager: Manager; stop: () => Promise<void> }> {
    const manager = createManager({
      name: `op-${namespace}`,
      identity,
      config: await loadKubeConfig({ path: plane.kubeconfigPath }),
      log: createLogger({ name: identity, destination: { write: () => undefined } }),
      namespaces: [namespace],
      election: { namespace, thread: false, durationMs: 3_000, renewDeadlineMs: 2_000, retryMs: 300 },
      metricsAddress: '127.0.0.1:0',
      probesAddress: '127.0.0.1:0',
    });
    manager.addPlan(definition);
    const stop = new AbortController();
    const ended = manager.run(stop.signal);
    running.push({ stop, ended });
    return {
      manager,
      async stop() {
        stop.abort();
        await ended;
      },
    };
  }
  const newNamespace = (name: string) => client.create(resources.namespaces, { metadata: { name } });
  const widget = (namespace: string, size: number): Widget => ({
    metadata: { namespace, name: 'w' },
    spec: { size },
  });
  const writesIn = (namespace: string): string[] =>
    plane
      .auditEvents()
      .filter(isWrite)
      .filter(
        (event) =>
          event.namespace === namespace && event.userAgent?.startsWith('op-') && event.resource !== 'leases',
      )
      .map((event) => `${event.verb} ${event.resource}${event.subresource ? `/${event.subresource}` : ''}`);
  const isSettled = (namespace: string, size: number) => async (): Promise<boolean> => {
    const live = await client.get(widgets, { namespace, name: 'w' });
    const set = await client.find(resources.statefulSets, { namespace, name: 'w' });
    return live.status?.size === size && set?.spec?.replicas === size;
  };

  it('makes every child once, and then writes nothing at all', async () => {
    await newNamespace('once');
    await client.create(widgets, widget('once', 3));
    const { manager, stop } = await startManager('a', 'once');
    await eventually('the widget is made', isSettled('once', 3));
    const ports = manager.ports();
    const metrics = await (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text();
    expect(metrics).toMatch(/op_once_reconcile_seconds_count\{resource="widget",outcome="success"\} \d+/);
    expect((await fetch(`http://127.0.0.1:${ports.probes}/readyz`)).status).toBe(200);
    // Something that wakes the controller without giving it anything to do.
    const before = writesIn('once').filter((write) => !write.endsWith('events'));
    expect(before.sort()).toEqual([
      'patch configmaps',
      'patch services',
      'patch statefulsets',
      'patch widgets/status',
    ]);
    const reconciles = await reconcileCount(manager);
    await client.mergePatch(
      widgets,
      { namespace: 'once', name: 'w' },
      { metadata: { annotations: { poked: 'yes' } } },
    );
    await eventually('it has looked again', async () => (await reconcileCount(manager)) > reconciles);
    expect(
      writesIn('once')
        .filter((write) => !write.endsWith('events'))
        .sort(),
    ).toEqual(before);
    await stop();
  }, 60_000);

  it('mends what others change, delete and add, and takes back what it no longer wants', async () => {
    await newNamespace('mend');
    await client.create(widgets, widget('mend', 1));
    const { stop } = await startManager('a', 'mend');
    await eventually('the widget is made', isSettled('mend', 1));
    const key = { namespace: 'mend', name: 'w' };
    await client.delete(resources.services, key);
    await client.mergePatch(resources.statefulSets, key, { spec: { replicas: 7 } });
    await client.mergePatch(resources.configMaps, key, { data: { theirs: 'kept' } });
    await eventually('all is as wanted', async () => {
      const service = await client.find(resources.services, key);
      const set = await client.get(resources.statefulSets, key);
      return service !== undefined && set.spec?.replicas === 1;
    });
    expect((await client.get(resources.configMaps, key)).data).toEqual({ size: '1', theirs: 'kept' });
    await stop();
  }, 60_000);

  it('has one writer when two run, and the second goes on when the first stops', async () => {
    await newNamespace('two');
    await client.create(widgets, widget('two', 1));
    const first = await startManager('a', 'two');
    await eventually('the widget is made', isSettled('two', 1));
    const second = await startManager('b', 'two');
    const began = performance.now();
    await first.stop();
    await client.mergePatch(widgets, { namespace: 'two', name: 'w' }, { spec: { size: 2 } });
    await eventually('the second has taken over', isSettled('two', 2));
    expect(performance.now() - began).toBeLessThan(3_000);
    const lease = await client.get(resources.leases, { namespace: 'two', name: 'op-two-leader' });
    expect(lease.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    await second.stop();
  }, 60_000);

  it('pages through a long list and then follows changes', async () => {
    await newNamespace('many');
    const names = Array.from({ length: 23 }, (_, index) => `m-${index}`);
    await Promise.all(
      names.map((name) => client.create(resources.configMaps, { metadata: { namespace: 'many', name } })),
    );
    const seen = new Set<string>();
    const reflector = createReflector<ConfigMap>({
      client,
      resource: resources.configMaps,
      namespace: 'many',
      clock: systemClock,
      random: systemRandom,
      pageSize: 5,
      onChange: ({ kind, object }) => {
        const name = object.metadata?.name ?? '';
        if (kind === 'upsert') seen.add(name);
        else seen.delete(name);
      },
    });
    const stop = new AbortController();
    const ended = reflector.run(stop.signal);
    running.push({ stop, ended });
    await eventually('the list is there', () => seen.size === 23);
    await client.delete(resources.configMaps, { namespace: 'many', name: 'm-0' });
    await client.create(resources.configMaps, { metadata: { namespace: 'many', name: 'late' } });
    await eventually('changes have come', () => seen.has('late') && !seen.has('m-0'));
    stop.abort();
    await ended;
  }, 60_000);

  it('refuses a delete whose object is not the one that was seen', async () => {
    await newNamespace('guard');
    const key = { namespace: 'guard', name: 'm' };
    const made = await client.create(resources.configMaps, { metadata: key });
    await expect(client.delete(resources.configMaps, key, { uid: 'another' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await client.mergePatch(resources.configMaps, key, { data: { a: '1' } });
    await expect(
      client.delete(resources.configMaps, key, { resourceVersion: made.metadata?.resourceVersion ?? '' }),
    ).rejects.toMatchObject({ code: 'conflict' });
    await client.delete(resources.configMaps, key, { uid: made.metadata?.uid ?? '' });
    expect(await client.find(resources.configMaps, key)).toBeUndefined();
  });

  it('names what happened, to what, when a call is refused', async () => {
    await expect(client.get(resources.pods, { namespace: 'default', name: 'nobody' })).rejects.toThrow(
      'get pods default/nobody: pods "nobody" not found',
    );
    const nobody = connect({
      config: await loadKubeConfig({ path: plane.kubeconfigFor('nobody', []) }),
      fieldManager: 'x',
    });
    await expect(nobody.list(resources.secrets)).rejects.toMatchObject({ code: 'forbidden' });
    await nobody.close();
  });
});

async function reconcileCount(manager: Manager): Promise<number> {
  const metric = await manager.metrics.registry.getSingleMetric('controller_runtime_reconcile_total')?.get();
  return (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0);
}

async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within 20 s`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
