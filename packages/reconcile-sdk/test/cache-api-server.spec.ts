import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  eventually,
  canRunControlPlane,
  startControlPlane,
  type ControlPlane,
} from '@stateful/local-cluster';
import {
  connect,
  createKubeClient,
  createTransport,
  defineResource,
  loadKubeConfig,
  resources,
  type ClusterConfig,
  type ConfigMap,
  type KubeClient,
  type KubeObject,
} from '../src/client/index.ts';
import { createInformerSet, type InformerObserver } from '../src/cache/index.ts';
import { systemClock, systemRandom } from '../src/clock/index.ts';
import { OperatorError } from '../src/errors/index.ts';
import { looseDefinition } from './loose-definition.ts';

/** What the cache believes about API servers is checked on the real one. */
const canRun = await canRunControlPlane('The cache');

const gadgets = defineResource<KubeObject>('cache.example.com', 'v1', 'Gadget', 'gadgets');
const { configMaps } = resources;

(canRun ? describe : describe.skip)('the cache on a real API server', () => {
  let plane: ControlPlane;
  let config: ClusterConfig;
  let client: KubeClient;
  const running: { stop: AbortController; ended: Promise<void> }[] = [];

  beforeAll(async () => {
    plane = await startControlPlane();
    config = await loadKubeConfig({ path: plane.kubeconfigPath });
    client = connect({ config, fieldManager: 'test' });
    for (const name of ['one', 'two', 'three', 'many']) {
      await client.create(resources.namespaces, { metadata: { name } });
    }
  }, 600_000);

  afterAll(async () => {
    running.forEach(({ stop }) => stop.abort());
    await Promise.all(running.map(({ ended }) => ended));
    await client?.close();
    await plane?.stop();
  });

  function start(
    using: KubeClient,
    options: InformerObserver & { namespaces?: string[]; pageSize?: number } = {},
  ) {
    const set = createInformerSet({ client: using, clock: systemClock, random: systemRandom, ...options });
    const stop = new AbortController();
    const ended = set.run(stop.signal);
    running.push({ stop, ended });
    return { set, stop, ended };
  }
  const make = (namespace: string, name: string, labels = {}): Promise<ConfigMap> =>
    client.create(configMaps, { metadata: { namespace, name, labels }, data: { text: name } });
  const namesIn = (store: { all(): readonly KubeObject[] }): (string | undefined)[] =>
    store
      .all()
      .map(({ metadata }) => metadata?.name)
      .sort();
  const within = (timeoutMs = 20_000) => AbortSignal.timeout(timeoutMs);
  /** The same client, which counts its lists and may refuse to stream. */
  function counting(streams: boolean): { client: KubeClient; lists: number } {
    const counted: { client: KubeClient; lists: number } = {
      lists: 0,
      client: {
        ...client,
        list: (resource, options) => {
          counted.lists++;
          return client.list(resource, options);
        },
        watch: (resource, options) =>
          options.sendInitialEvents && !streams
            ? Promise.reject(
                new OperatorError('invalid', 'sendInitialEvents: Forbidden', { httpStatus: 422 }),
              )
            : client.watch(resource, options),
      },
    };
    return counted;
  }

  it('has more than a page streamed without a list, and walks the pages where it must', async () => {
    const count = 1_203;
    for (let from = 0; from < count; from += 50) {
      await Promise.all(
        Array.from({ length: Math.min(50, count - from) }, (_, index) => make('many', `m-${from + index}`)),
      );
    }
    const [streamed, paged] = [counting(true), counting(false)];
    const request = { resource: configMaps, scopes: [{ namespace: 'many' }] };
    const a = start(streamed.client).set.acquire(request).informer;
    const b = start(paged.client).set.acquire(request).informer;
    await Promise.all([a.waitForSync(within()), b.waitForSync(within())]);
    expect([a.store.size(), b.store.size()]).toEqual([count, count]);
    expect([streamed.lists, paged.lists]).toEqual([0, 3]);
    await client.delete(configMaps, { namespace: 'many', name: 'm-0' });
    await make('many', 'late');
    for (const { store } of [a, b]) {
      await until('changes have come', () => !store.get('many', 'm-0') && !!store.get('many', 'late'));
      expect(store.size()).toBe(count);
    }
    // Whichever way they came, they are the same.
    expect(a.stats().bytes).toBe(b.stats().bytes);
    expect(b.store.get('many', 'm-1')).toEqual(a.store.get('many', 'm-1'));
  }, 120_000);

  it('watches each namespace by its own selector, and namespaces as they come and go', async () => {
    await make('one', 'x', { app: 'x' });
    await make('one', 'y', { app: 'y' });
    await make('two', 'y', { app: 'y' });
    await make('three', 'x', { app: 'x' });
    const { set } = start(client, { namespaces: ['one'] });
    const own = set.acquire({
      resource: configMaps,
      scopes: [
        { namespace: 'one', labelSelector: 'app=x' },
        { namespace: 'two', fieldSelector: 'metadata.name=y' },
      ],
    }).informer;
    const following = set.acquire({ resource: configMaps, labelSelector: 'app in (x,y)' }).informer;
    await set.waitForSync(within());
    expect(namesIn(own.store)).toEqual(['x', 'y']);
    expect(own.store.get('two', 'y')?.data).toEqual({ text: 'y' });
    expect(namesIn(following.store)).toEqual(['x', 'y']);
    // What no longer fits the selector is told as deleted.
    const heard: string[] = [];
    own.onChange(({ kind, object }) =>
      heard.push(`${kind} ${object.metadata?.namespace}/${object.metadata?.name}`),
    );
    await client.mergePatch(
      configMaps,
      { namespace: 'one', name: 'x' },
      { metadata: { labels: { app: 'z' } } },
    );
    await until('it has left', () => heard.includes('delete one/x'));
    set.addNamespace('three');
    set.removeNamespace('one');
    await following.waitForSync(within());
    expect(following.store.all().map(({ metadata }) => metadata?.namespace)).toEqual(['three']);
  });

  it('asks for metadata alone, and sees changes of it', async () => {
    const made = await make('two', 'meta', { app: 'meta' });
    const { informer } = start(client).set.acquire<KubeObject>({
      resource: configMaps,
      metadataOnly: true,
      labelSelector: 'app=meta',
    });
    await informer.waitForSync(within());
    const [object] = informer.store.all();
    expect(object).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'meta', uid: made.metadata?.uid },
    });
    expect(object).not.toHaveProperty('data');
    await client.mergePatch(
      configMaps,
      { namespace: 'two', name: 'meta' },
      { metadata: { annotations: { a: 'b' } } },
    );
    await until(
      'the change has come',
      () => informer.store.get('two', 'meta')?.metadata?.annotations?.['a'] === 'b',
    );
    expect(informer.store.get('two', 'meta')).not.toHaveProperty('data');
  });

  it('keeps of managedFields what it applied itself', async () => {
    const { informer } = start(client).set.acquire({ resource: configMaps, labelSelector: 'app=managed' });
    const object: ConfigMap = { metadata: { namespace: 'two', name: 'managed', labels: { app: 'managed' } } };
    await client.apply(configMaps, object);
    await client.mergePatch(configMaps, { namespace: 'two', name: 'managed' }, { data: { by: 'patch' } });
    await until('it is there', () => informer.store.get('two', 'managed')?.data?.['by'] === 'patch');
    expect(informer.store.get('two', 'managed')?.metadata?.managedFields).toMatchObject([
      { manager: 'test', operation: 'Apply' },
    ]);
  });

  it('finds a kind as soon as it is installed, while others go on', async () => {
    const { set } = start(client);
    const missing = set.acquire({ resource: gadgets }).informer;
    const other = set.acquire({ resource: resources.namespaces }).informer;
    await other.waitForSync(within());
    await until('it is named', () => missing.health()[0]?.health.problem === 'missing-kind');
    expect(missing.health()[0]?.health.failing).toContain(
      'install its CustomResourceDefinition gadgets.cache.example.com',
    );
    set.acquire({ resource: resources.customResourceDefinitions });
    await installGadgets(client);
    await missing.waitForSync(within());
    expect(missing.health()[0]?.health).toMatchObject({ synced: true, failing: undefined });
    await client.create(gadgets, { metadata: { namespace: 'one', name: 'g' } });
    await until('its objects come', () => missing.store.size() === 1);
  }, 60_000);

  it('names a missing right and whom to give it to, and goes on once it is given', async () => {
    const user = connect({
      config: await loadKubeConfig({ path: plane.kubeconfigFor('system:serviceaccount:ops:operator') }),
      fieldManager: 'operator',
    });
    await client.create(resources.roles, {
      metadata: { namespace: 'one', name: 'maps' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }],
    });
    const bind = (namespace: string): Promise<unknown> =>
      client.create(resources.roleBindings, {
        metadata: { namespace, name: 'maps' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'maps' },
        subjects: [
          { kind: 'User', name: 'system:serviceaccount:ops:operator', apiGroup: 'rbac.authorization.k8s.io' },
        ],
      });
    await bind('one');
    const { set, stop, ended } = start(user);
    const scopes = [{ namespace: 'one' }, { namespace: 'two' }];
    const { informer } = set.acquire({ resource: configMaps, scopes });
    const failing = () => informer.health().find(({ name }) => name === 'configmaps in two')?.health;
    await until('it is named', () => failing()?.problem === 'missing-rights');
    expect(failing()?.failing).toContain(
      'grant verbs list and watch on configmaps of the core API group in namespace two to service account ops/operator',
    );
    await until('the other namespace is there', () => informer.store.get('one', 'y') !== undefined);
    await client.create(resources.roles, {
      metadata: { namespace: 'two', name: 'maps' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }],
    });
    await bind('two');
    set.nudge();
    await informer.waitForSync(within(40_000));
    expect(failing()?.failing).toBeUndefined();
    stop.abort();
    await ended;
    await user.close();
  }, 60_000);

  it('ends the watches that nobody wants any more, at the API server too', async () => {
    const transport = createTransport({
      config,
      clock: systemClock,
      random: systemRandom,
      userAgent: 'removal',
    });
    const own = createKubeClient({ transport, fieldManager: 'removal' });
    const { set, stop, ended } = start(own);
    const watched = async (): Promise<number> => watchesOf(await metricsOf(transport), 'limitranges');
    const limitRanges = defineResource<KubeObject>('', 'v1', 'LimitRange', 'limitranges');
    const before = await watched();
    const namespaces = ['one', 'two', 'three', 'many'];
    const handles = namespaces.map((namespace) =>
      set.acquire({ resource: limitRanges, scopes: [{ namespace }] }),
    );
    await set.waitForSync(within());
    expect(await watched()).toBe(before + 4);
    expect(transport.stats().streams).toBe(4);
    handles.slice(1).forEach(({ release }) => release());
    await until('three are gone', async () => (await watched()) === before + 1);
    expect(transport.stats().streams).toBe(1);
    stop.abort();
    await ended;
    await until('all are gone', async () => (await watched()) === before);
    await own.close();
    await until('no connection is left', () => transport.stats().connections === 0);
    expect(transport.stats().streams).toBe(0);
  }, 60_000);
});

const until = (what: string, isSo: () => boolean | Promise<boolean>): Promise<void> =>
  eventually(
    what,
    async () => {
      if (!(await isSo())) throw new Error('not yet');
    },
    30_000,
  );

async function installGadgets(client: KubeClient): Promise<void> {
  await client.create(resources.customResourceDefinitions, looseDefinition(gadgets));
  await until('the CRD is served', () =>
    client.list(gadgets).then(
      () => true,
      () => false,
    ),
  );
}

async function metricsOf(transport: ReturnType<typeof createTransport>): Promise<string> {
  const body = await transport.stream({
    method: 'GET',
    path: '/metrics',
    accept: 'text/plain',
    idempotent: true,
    what: 'get metrics',
    timeoutMs: 10_000,
  });
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Open watches of one kind, as the API server counts them. */
function watchesOf(metrics: string, plural: string): number {
  return metrics
    .split('\n')
    .filter(
      (line) => line.startsWith('apiserver_longrunning_requests{') && line.includes(`resource="${plural}"`),
    )
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
