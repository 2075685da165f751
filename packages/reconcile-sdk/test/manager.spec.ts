import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  canRunControlPlane,
  eventually,
  freePort,
  startControlPlane,
  type ControlPlane,
} from '@stateful/local-cluster';
import {
  clusterApiProvider,
  connect,
  createLogger,
  createManager,
  defineResource,
  loadKubeConfig,
  pushSource,
  resources,
  validating,
  validatingWebhookConfigurations,
  webhookManifests,
  webhookRunnable,
  type ConfigMap,
  type ControllerDefinition,
  type KubeClient,
  type KubeObject,
  type Manager,
  type ManagerOptions,
} from '../src/index.ts';
import { looseDefinition } from './loose-definition.ts';

/** Whole operators with controllers of their own, on real API servers. */
const canRun = await canRunControlPlane('The manager');

const gadgets = defineResource<KubeObject>('test.example.com', 'v1', 'Gadget', 'gadgets');

/** Waits for a fact. */
const until = (what: string, timeoutMs: number, isSo: () => Promise<boolean>): Promise<void> =>
  eventually(what, async () => expect(await isSo()).toBe(true), timeoutMs);

const ask = async (port: number | undefined, path: string): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return `${answer.status} ${await answer.text()}`;
};

(canRun ? describe : describe.skip)('a manager', () => {
  let plane: ControlPlane;
  let client: KubeClient;
  const running: { stop: AbortController; ended: Promise<void> }[] = [];

  async function start(
    add: (manager: Manager) => void,
    more: Partial<ManagerOptions> = {},
  ): Promise<{ manager: Manager; stop: () => Promise<void>; lines: string[] }> {
    const lines: string[] = [];
    const manager = createManager({
      name: 'test-operator',
      config: await loadKubeConfig({ path: plane.kubeconfigPath }),
      log: createLogger({ name: 'test', destination: { write: (line) => void lines.push(line) } }),
      identity: `test-${running.length}`,
      metricsAddress: '127.0.0.1:0',
      probesAddress: '127.0.0.1:0',
      debugAddress: '127.0.0.1:0',
      ...more,
    });
    add(manager);
    const stop = new AbortController();
    const entry = { stop, ended: manager.run(stop.signal) };
    running.push(entry);
    await until('the servers listen', 10_000, () => Promise.resolve(manager.ports().debug !== undefined));
    return {
      manager,
      lines,
      async stop() {
        stop.abort();
        await entry.ended;
      },
    };
  }
  const namespace = (name: string) => client.create(resources.namespaces, { metadata: { name } });
  const configMap = (ns: string, name: string, data: Record<string, string> = {}) =>
    client.create(resources.configMaps, {
      metadata: { namespace: ns, name, labels: { app: 'test' } },
      data,
    });

  beforeAll(async () => {
    plane = await startControlPlane();
    client = connect({ config: await loadKubeConfig({ path: plane.kubeconfigPath }), fieldManager: 'user' });
    await namespace('work');
  }, 180_000);
  afterAll(async () => {
    for (const { stop } of running) stop.abort();
    await Promise.allSettled(running.map(({ ended }) => ended));
    await client?.close();
    await plane?.stop();
  }, 60_000);

  it('reads its own writes: a counter that is read from the cache and written never skips or repeats', async () => {
    await configMap('work', 'counter', { count: '0' });
    const written: string[] = [];
    const counter: ControllerDefinition<ConfigMap> = {
      name: 'counter',
      resource: resources.configMaps,
      labelSelector: 'app=test',
      async reconcile(key, { client: writer, store }) {
        const found = store(resources.configMaps).get(key.namespace, key.name);
        if (key.name !== 'counter' || !found) return undefined;
        const next = Number(found.data?.['count']) + 1;
        if (next > 50) return undefined;
        written.push(String(next));
        // No precondition: only the barrier keeps the next round from reading the old count.
        await writer.mergePatch(resources.configMaps, key, { data: { count: String(next) } });
        return { requeueAfterMs: 0 };
      },
    };
    const { stop } = await start((manager) => manager.addController(counter));
    await until('it has counted', 20_000, () => Promise.resolve(written.length >= 50));
    expect(written).toEqual(Array.from({ length: 50 }, (_, index) => String(index + 1)));
    await stop();
  }, 40_000);

  it('names what is missing, works without it, and begins when it comes', async () => {
    const seen: string[] = [];
    const see = (name: string, resource: typeof gadgets): ControllerDefinition => ({
      name,
      resource,
      ...(resource === gadgets ? {} : { labelSelector: 'app=test' }),
      reconcile: (key) => Promise.resolve(void seen.push(`${name} ${key.name}`)),
    });
    const { manager, stop } = await start((each) => {
      each.addController(see('gadget', gadgets));
      each.addController(see('map', resources.configMaps));
    });
    await configMap('work', 'here');
    await until('the other controller works', 10_000, () => Promise.resolve(seen.includes('map here')));
    const notReady = await ask(manager.ports().probes, '/readyz');
    expect(notReady).toMatch(/^503/);
    expect(notReady).toMatch(/\[not yet\] cache of gadgets\.test\.example\.com \(.*(CRD|kind|install)/i);
    expect(notReady).toContain('[ok] cache of configmaps');
    expect(await ask(manager.ports().probes, '/healthz')).toMatch(/^200/);

    await client.create(resources.customResourceDefinitions, looseDefinition(gadgets));
    await until('the kind is served', 20_000, () =>
      client.create(gadgets, { metadata: { namespace: 'work', name: 'first' } }).then(
        () => true,
        () => false,
      ),
    );
    await until('its controller works', 45_000, () => Promise.resolve(seen.includes('gadget first')));
    expect(await ask(manager.ports().probes, '/readyz')).toMatch(/^200/);
    await stop();
  }, 90_000);

  it('leaves an object alone that somebody paused, until it is let go', async () => {
    const seen: string[] = [];
    const { stop } = await start((each) =>
      each.addController({
        name: 'held',
        resource: gadgets,
        reconcile: (key) => Promise.resolve(void seen.push(key.name)),
      }),
    );
    const held = { namespace: 'work', name: 'held' };
    await client.create(gadgets, {
      metadata: { ...held, annotations: { 'test.example.com/paused': 'true' } },
    });
    await client.create(gadgets, { metadata: { namespace: 'work', name: 'free' } });
    await until('the other one is looked at', 10_000, () => Promise.resolve(seen.includes('free')));
    await client.mergePatch(gadgets, held, { metadata: { labels: { touched: 'yes' } } });
    await client.create(gadgets, { metadata: { namespace: 'work', name: 'later' } });
    await until('a later one is looked at', 10_000, () => Promise.resolve(seen.includes('later')));
    expect(seen).not.toContain('held');
    await client.mergePatch(gadgets, held, { metadata: { annotations: null } });
    await until('it is looked at', 10_000, () => Promise.resolve(seen.includes('held')));
    await stop();
  }, 60_000);

  it('takes keys from outside, and explains why a key was looked at', async () => {
    const source = pushSource('order came in');
    const { manager, stop } = await start((each) =>
      each.addController({
        name: 'order',
        resource: resources.configMaps,
        labelSelector: 'app=order',
        sources: [source],
        reconcile: (key) =>
          key.name === 'bad' ? Promise.reject(new Error('the shop is closed')) : Promise.resolve(undefined),
      }),
    );
    source.push({ namespace: 'work', name: 'bad' });
    await until('it has run', 10_000, async () =>
      (await ask(manager.ports().debug, '/explain/order/work/bad')).includes('the shop is closed'),
    );
    const text = await ask(manager.ports().debug, '/explain/order/work/bad');
    expect(text).toContain('because: order came in');
    expect(text).toMatch(/has failed \d+ times? in a row|will be looked at in/);
    expect(await ask(manager.ports().debug, '/explain/nobody/work/bad')).toMatch(/^404/);
    const metrics = await ask(manager.ports().metrics, '/metrics');
    expect(metrics).toMatch(/controller_runtime_reconcile_errors_total\{controller="order"\} [1-9]/);
    expect(metrics).toMatch(
      /test_operator_reconcile_seconds_count\{resource="order",outcome="error"\} [1-9]/,
    );
    await stop();
  }, 30_000);

  it('serves webhooks beside its controllers, and is ready when they are', async () => {
    const port = await freePort('127.0.0.1');
    const config = await loadKubeConfig({ path: plane.kubeconfigPath });
    const noBeige = validating(resources.configMaps, {
      operations: ['CREATE'],
      handler: ({ object }) =>
        object.data?.['color'] === 'beige' ? { denied: 'beige is no colour' } : { allowed: true },
    });
    const { validating: configurations } = webhookManifests({
      name: 'test-operator',
      webhooks: [noBeige],
      callAt: { url: `https://127.0.0.1:${port}` },
    });
    const { manager, stop } = await start((each) =>
      each.addRunnable(
        webhookRunnable({
          name: 'test-operator',
          config,
          metrics: each.metrics,
          log: createLogger({ name: 'test', destination: { write: () => undefined } }),
          address: `127.0.0.1:${port}`,
          webhooks: [noBeige],
          certificates: {
            kind: 'built-in',
            secret: { namespace: 'work', name: 'test-operator-webhook' },
            hosts: ['127.0.0.1'],
            policy: { propagationMs: 500 },
          },
          lameDuckMs: 0,
        }),
      ),
    );
    for (const configuration of configurations)
      await client.create(validatingWebhookConfigurations, configuration);
    await until('it is ready', 30_000, async () =>
      (await ask(manager.ports().probes, '/readyz')).startsWith('200'),
    );
    await until('the API server asks it', 20_000, () =>
      configMap('work', 'beige', { color: 'beige' }).then(
        () => client.delete(resources.configMaps, { namespace: 'work', name: 'beige' }).then(() => false),
        (error: unknown) => String(error).includes('beige is no colour'),
      ),
    );
    expect(await ask(manager.ports().metrics, '/metrics')).toMatch(
      /controller_runtime_webhook_requests_total\{[^}]*code="200"[^}]*\} [1-9]/,
    );
    for (const { metadata } of configurations)
      await client.delete(validatingWebhookConfigurations, { name: metadata?.name ?? '' });
    await stop();
  }, 90_000);

  it('steps down without ending, and leads again', async () => {
    const leads: number[] = [];
    const lease = { namespace: 'work', name: 'test-operator-leader' };
    const { lines, stop } = await start(
      (each) =>
        each.addRunnable({
          name: 'watch the term',
          on: 'leader',
          run: (signal) =>
            new Promise((resolve) => {
              leads.push(1);
              signal.addEventListener('abort', () => {
                leads.push(0);
                resolve();
              });
            }),
        }),
      {
        election: {
          namespace: 'work',
          thread: false,
          durationMs: 4_000,
          renewDeadlineMs: 2_500,
          retryMs: 400,
        },
      },
    );
    await until('it leads', 15_000, () => Promise.resolve(leads.length === 1));
    const held = await client.get(resources.leases, lease);
    await client.update(resources.leases, {
      ...held,
      spec: { ...held.spec, holderIdentity: 'somebody else', leaseDurationSeconds: 2 },
    });
    await until('it leads again', 20_000, () => Promise.resolve(leads.length === 3));
    expect(leads).toEqual([1, 0, 1]);
    expect(lines.some((line) => line.includes('"stopped"'))).toBe(false);
    await stop();
    expect((await client.get(resources.leases, lease)).spec?.holderIdentity ?? '').toBe('');
  }, 60_000);

  it('works in clusters that come and go', async () => {
    const other = await startControlPlane();
    try {
      const remote = connect({
        config: await loadKubeConfig({ path: other.kubeconfigPath }),
        fieldManager: 'user',
      });
      await remote.create(resources.namespaces, { metadata: { name: 'work' } });
      await remote.create(resources.configMaps, {
        metadata: { namespace: 'work', name: 'there', labels: { app: 'fleet' } },
      });
      const seen = new Set<string>();
      const { stop, manager } = await start((each) => {
        each.addClusters(clusterApiProvider());
        each.addController<ConfigMap>(
          {
            name: 'fleet',
            resource: resources.configMaps,
            labelSelector: 'app=fleet',
            async reconcile(key, { client: writer, store }) {
              const found = store(resources.configMaps).get(key.namespace, key.name);
              seen.add(`${key.cluster} ${key.name} ${found ? 'exists' : 'is gone'}`);
              if (found && !found.data) {
                await writer.mergePatch(resources.configMaps, key, { data: { from: key.cluster ?? 'home' } });
              }
              return undefined;
            },
          },
          { clusters: 'provided' },
        );
      });
      const kubeconfig = readFileSync(other.kubeconfigPath);
      const secret = await client.create(resources.secrets, {
        metadata: {
          namespace: 'work',
          name: 'east-kubeconfig',
          labels: { 'cluster.x-k8s.io/cluster-name': 'east' },
        },
        type: 'cluster.x-k8s.io/secret',
        data: { value: kubeconfig.toString('base64') },
      });
      await until('it works there', 20_000, async () => {
        const there = await remote.get(resources.configMaps, { namespace: 'work', name: 'there' });
        return there.data?.['from'] === 'work/east';
      });
      await configMap('work', 'fleet-at-home');
      expect([...seen].every((each) => each.startsWith('work/east '))).toBe(true);
      expect(await ask(manager.ports().probes, '/readyz')).toContain(
        'configmaps (app=fleet) of cluster work/east',
      );

      await client.delete(resources.secrets, { namespace: 'work', name: 'east-kubeconfig' });
      await until(
        'it has let go',
        20_000,
        async () => !(await ask(manager.ports().probes, '/readyz')).includes('work/east'),
      );
      const before = seen.size;
      await remote.create(resources.configMaps, {
        metadata: { namespace: 'work', name: 'late', labels: { app: 'fleet' } },
      });
      // Back again: what came meanwhile is found by the list.
      await client.create(resources.secrets, {
        metadata: { namespace: 'work', name: 'east-kubeconfig', labels: secret.metadata!.labels! },
        type: 'cluster.x-k8s.io/secret',
        data: secret.data!,
      });
      await until('it works there again', 20_000, () => Promise.resolve(seen.has('work/east late exists')));
      expect(seen.size).toBeGreaterThan(before);
      await stop();
      await remote.close();
    } finally {
      await other.stop();
    }
  }, 120_000);
});
