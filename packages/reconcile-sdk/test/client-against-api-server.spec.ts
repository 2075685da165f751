import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunControlPlane, startControlPlane, type ControlPlane } from '@stateful/local-cluster';
import {
  createKubeClient,
  createTransport,
  defineResource,
  loadKubeConfig,
  resources,
  type ClusterConfig,
  type HttpTransport,
  type KubeClient,
  type ObjectKey,
  type KubeObject,
} from '../src/client/index.ts';
import { systemClock, systemRandom } from '../src/clock/index.ts';

const canRun = await canRunControlPlane('The client');

interface SelfSubjectReview extends KubeObject {
  status?: {
    userInfo: { username: string; uid?: string; groups: string[]; extra?: Record<string, string[]> };
  };
}
const reviews = defineResource<SelfSubjectReview>(
  'authentication.k8s.io',
  'v1',
  'SelfSubjectReview',
  'selfsubjectreviews',
  'cluster',
);

(canRun ? describe : describe.skip)('the client on a real API server', () => {
  let plane: ControlPlane;
  let config: ClusterConfig;
  let transport: HttpTransport;
  let client: KubeClient;
  const warnings: string[] = [];
  const ends: (() => Promise<void>)[] = [];

  const clientOf = (of: ClusterConfig): { client: KubeClient; transport: HttpTransport } => {
    const made = createTransport({
      config: of,
      clock: systemClock,
      random: systemRandom,
      userAgent: 'client-spec',
      onWarning: ({ text }) => void warnings.push(text),
    });
    ends.push(() => made.close());
    return { transport: made, client: createKubeClient({ transport: made, fieldManager: 'client-spec' }) };
  };
  const whoAmI = async (as: KubeClient) => (await as.create(reviews, {})).status?.userInfo;
  const newNamespace = async (name: string): Promise<string> => {
    await client.create(resources.namespaces, { metadata: { name } });
    return name;
  };

  beforeAll(async () => {
    plane = await startControlPlane();
    config = await loadKubeConfig({ path: plane.kubeconfigPath });
    ({ transport, client } = clientOf(config));
  }, 600_000);
  afterAll(async () => {
    await Promise.all(ends.map((end) => end()));
    await plane?.stop();
  }, 60_000);

  it('opens no connection at rest, whatever it calls and however often its watches end', async () => {
    const namespace = await newNamespace('rest');
    const key = { namespace, name: 'm' };
    const round = async (): Promise<void> => {
      await client.apply(resources.configMaps, { metadata: key, data: { at: String(Math.random()) } });
      await client.mergePatch(resources.configMaps, key, {
        metadata: { labels: { a: String(Math.random()) } },
      });
      await client.get(resources.configMaps, key);
      await client.list(resources.configMaps, { namespace });
      await client.find(resources.configMaps, { namespace, name: 'absent' });
      const watch = await client.watch(resources.configMaps, {
        namespace,
        timeoutSeconds: 1,
        signal: AbortSignal.timeout(5_000),
      });
      for await (const line of linesOf(watch)) JSON.parse(line);
    };
    await round();
    const { connectionsOpened } = transport.stats();
    for (let i = 0; i < 3; i++) await round();
    expect(transport.stats()).toMatchObject({ connectionsOpened, streams: 0, inFlight: 0 });
  }, 30_000);

  it('acts as somebody else, by user, groups, uid and extra, on the same connections', async () => {
    const { connectionsOpened } = transport.stats();
    const ann = client.impersonate({
      user: 'ann',
      uid: 'u-1',
      groups: ['one', 'two'],
      extra: { 'example.com/Team': ['x', 'y'], plain: ['z'] },
    });
    expect(await whoAmI(ann)).toEqual({
      username: 'ann',
      uid: 'u-1',
      groups: ['one', 'two', 'system:authenticated'],
      extra: { 'example.com/team': ['x', 'y'], plain: ['z'] },
    });
    await ann.close();
    await expect(ann.list(resources.secrets)).rejects.toMatchObject({ code: 'forbidden' });
    const master = client.impersonate({ user: 'bob', groups: ['system:masters'] });
    await master.list(resources.secrets);
    expect((await whoAmI(client))?.username).not.toBe('ann');
    expect(transport.stats().connectionsOpened).toBe(connectionsOpened);
    const nobody = clientOf(await loadKubeConfig({ path: plane.kubeconfigFor('nobody') })).client;
    await expect(whoAmI(nobody.impersonate({ user: 'ann' }))).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('takes a token out of a sub-resource, and lets its owner in', async () => {
    const namespace = await newNamespace('tokens');
    await client.create(resources.serviceAccounts, { metadata: { namespace, name: 'robot' } });
    const answer = await client.createSubresource<{ status: { token: string } }>(
      resources.serviceAccounts,
      { namespace, name: 'robot' },
      'token',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } },
    );
    const { clientCertificate: _, ...bare } = config;
    const robot = clientOf({ ...bare, token: { value: answer.status.token } }).client;
    expect((await whoAmI(robot))?.username).toBe('system:serviceaccount:tokens:robot');
    const liar = clientOf({ ...bare, token: { value: 'nothing' } }).client;
    await expect(whoAmI(liar)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('asks without keeping anything', async () => {
    const namespace = await newNamespace('dry');
    const key = { namespace, name: 'm' };
    const dry = await client.create(resources.configMaps, { metadata: key }, { dryRun: true });
    expect(dry.metadata?.uid).toBeDefined();
    await client.apply(resources.configMaps, { metadata: key, data: { a: '1' } }, { dryRun: true });
    expect(await client.find(resources.configMaps, key)).toBeUndefined();
    const made = await client.create(resources.configMaps, { metadata: key });
    const patched = await client.mergePatch(
      resources.configMaps,
      key,
      { data: { a: '1' } },
      { dryRun: true },
    );
    expect(patched.data).toEqual({ a: '1' });
    await client.delete(resources.configMaps, key, { uid: made.metadata?.uid ?? '', dryRun: true });
    expect((await client.get(resources.configMaps, key)).data).toBeUndefined();
  });

  it('applies so that only what is not there is made, and nothing that is there is touched', async () => {
    const namespace = await newNamespace('only-create');
    const [key, taken] = ['new', 'taken'].map((name) => ({ namespace, name })) as [ObjectKey, ObjectKey];
    const onlyCreate = true;
    const made = await client.apply(
      resources.configMaps,
      { metadata: key, data: { a: '1' } },
      { onlyCreate },
    );
    expect(made.metadata?.managedFields).toMatchObject([
      { operation: 'Apply', manager: client.fieldManager },
    ]);
    const before = await client.create(resources.configMaps, { metadata: taken });
    for (const force of [false, true]) {
      for (const metadata of [key, taken]) {
        const again = client.apply(
          resources.configMaps,
          { metadata: { ...metadata, labels: { a: '1' } } },
          { onlyCreate, force },
        );
        await expect(again).rejects.toMatchObject({ code: 'conflict' });
      }
    }
    expect(await client.get(resources.configMaps, taken)).toEqual(before);
    expect(await client.get(resources.configMaps, key)).toEqual(made);
  });

  it('evicts the pod that was seen, as far as the budget allows', async () => {
    const namespace = await newNamespace('evict');
    await client.create(resources.serviceAccounts, { metadata: { namespace, name: 'default' } });
    const key = { namespace, name: 'p' };
    const pod = await client.create(resources.pods, {
      metadata: { ...key, labels: { app: 'p' } },
      spec: { containers: [{ name: 'c', image: 'example:1' }] },
    });
    await client.mergePatch(
      resources.pods,
      key,
      { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
      { subresource: 'status' },
    );
    await client.create(resources.podDisruptionBudgets, {
      metadata: key,
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'p' } } },
    });
    const allow = (disruptionsAllowed: number) =>
      client.mergePatch(
        resources.podDisruptionBudgets,
        key,
        {
          status: {
            disruptionsAllowed,
            currentHealthy: 1,
            desiredHealthy: 1,
            expectedPods: 1,
            observedGeneration: 1,
          },
        },
        { subresource: 'status' },
      );
    await allow(0);
    const began = performance.now();
    await expect(client.evict(key)).rejects.toMatchObject({
      code: 'throttled',
      message: expect.stringMatching(/^create pods\/eviction evict\/p: Cannot evict pod/),
    });
    expect(performance.now() - began).toBeLessThan(2_000);
    await allow(1);
    await expect(client.evict(key, { uid: 'another' })).rejects.toMatchObject({ code: 'conflict' });
    // The refused one has used up the budget.
    await allow(1);
    await client.evict(key, { uid: pod.metadata?.uid ?? '', dryRun: true });
    expect(await client.find(resources.pods, key)).toBeDefined();
    await client.evict(key, { uid: pod.metadata?.uid ?? '' });
    expect(await client.find(resources.pods, key)).toBeUndefined();
  });

  it('brings metadata alone: one object, a list, a watch that begins with what exists', async () => {
    const namespace = await newNamespace('meta');
    for (const name of ['a', 'b'])
      await client.create(resources.configMaps, {
        metadata: { namespace, name },
        data: { big: 'x'.repeat(1_000) },
      });
    const one = await client.get(resources.configMaps, { namespace, name: 'a' }, { metadataOnly: true });
    expect(one).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
    expect(one.data).toBeUndefined();
    const { items, metadata } = await client.list(resources.configMaps, { namespace, metadataOnly: true });
    expect(items.map((item) => [item.metadata?.name, item.data])).toEqual([
      ['a', undefined],
      ['b', undefined],
    ]);
    expect(metadata.resourceVersion).toMatch(/^\d+$/);
    const watch = await client.watch(resources.configMaps, {
      namespace,
      metadataOnly: true,
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      resourceVersion: '',
      timeoutSeconds: 10,
      signal: AbortSignal.timeout(10_000),
    });
    const seen: unknown[] = [];
    for await (const line of linesOf(watch)) {
      const event = JSON.parse(line) as {
        type: string;
        object: { data?: object; metadata: KubeObject['metadata'] };
      };
      if (event.type === 'BOOKMARK') {
        expect(event.object.metadata?.annotations?.['k8s.io/initial-events-end']).toBe('true');
        break;
      }
      seen.push([event.type, event.object.metadata?.name, event.object.data]);
    }
    expect(seen).toEqual([
      ['ADDED', 'a', undefined],
      ['ADDED', 'b', undefined],
    ]);
  });

  it('reads and sets scale, and status apart from the rest', async () => {
    const namespace = await newNamespace('scale');
    const key = { namespace, name: 'd' };
    const labels = { app: 'd' };
    await client.create(resources.deployments, {
      metadata: key,
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'example:1' }] } },
      },
    });
    await client.mergePatch(resources.deployments, key, { spec: { replicas: 4 } }, { subresource: 'scale' });
    expect(await client.get(resources.deployments, key, { subresource: 'scale' })).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 4 },
    });
    await client.jsonPatch(resources.deployments, key, [
      { op: 'test', path: '/spec/replicas', value: 4 },
      { op: 'replace', path: '/spec/replicas', value: 2 },
    ]);
    await expect(
      client.jsonPatch(resources.deployments, key, [{ op: 'test', path: '/spec/replicas', value: 4 }]),
    ).rejects.toMatchObject({ code: 'invalid' });
    const status = { replicas: 2, observedGeneration: 1 };
    const applied = await client.apply(
      resources.deployments,
      { metadata: key, status },
      { subresource: 'status', force: true },
    );
    expect(applied).toMatchObject({ spec: { replicas: 2 }, status });
  });

  it('knows what the server serves', async () => {
    expect(await client.serverResource(resources.pods)).toMatchObject({
      kind: 'Pod',
      namespaced: true,
      verbs: expect.arrayContaining(['watch', 'patch']),
      subresources: expect.arrayContaining(['eviction', 'status']),
    });
    const absent = (group: string, version: string, plural: string) =>
      client.serverResource(defineResource(group, version, 'X', plural));
    expect(await absent('no.example.com', 'v1', 'things')).toBeUndefined();
    expect(await absent('apps', 'v1beta9', 'deployments')).toBeUndefined();
    expect(await absent('apps', 'v1', 'things')).toBeUndefined();
  });

  it('tells what the server warns of, and refuses it when asked to', async () => {
    const namespace = await newNamespace('warn');
    const odd = (name: string) => ({ metadata: { namespace, name }, bogus: 1 }) as KubeObject;
    warnings.length = 0;
    await client.create(resources.configMaps, odd('a'));
    await client.create(resources.configMaps, odd('b'));
    expect(warnings).toEqual(['unknown field "bogus"']);
    await expect(
      client.create(resources.configMaps, odd('c'), { fieldValidation: 'Strict' }),
    ).rejects.toMatchObject({ code: 'invalid' });
  });
});

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
