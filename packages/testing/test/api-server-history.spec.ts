import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  createKubeClient,
  createManualClock,
  createSeededRandom,
  isGone,
  resources,
  type KubeClient,
  type ManualClock,
  type WatchOptions,
} from '@stateful/reconcile-sdk';
import { createApiServer, type ApiServer } from '../src/api-server/index.ts';

const { configMaps, namespaces } = resources;
const namespace = 'default';

/** What the contract cannot ask of a real server within a test: its memory, its minutes, its controllers. */
describe('the in-process server', () => {
  let clock: ManualClock;
  let server: ApiServer;
  let client: KubeClient;
  beforeEach(() => {
    clock = createManualClock();
    server = createApiServer({ clock, random: createSeededRandom(7) });
    client = createKubeClient({ transport: server.transport(), fieldManager: 'test' });
  });
  const make = (name: string, metadata: object = {}) =>
    client.create(configMaps, { metadata: { namespace, name, ...metadata } });

  async function open(options: Partial<WatchOptions>) {
    const stop = new AbortController();
    const events: {
      type: string;
      object: { code?: number; metadata: { name?: string; resourceVersion: string } };
    }[] = [];
    const body = await client.watch(configMaps, {
      namespace,
      timeoutSeconds: 300,
      signal: stop.signal,
      ...options,
    });
    const ended = (async () => {
      for await (const line of body) events.push(JSON.parse(line.toString('utf8')) as never);
    })().catch(() => undefined);
    return { events, ended, stop };
  }

  describe('memory', () => {
    it('refuses to go on from what it has forgotten, and says the oldest that it has', async () => {
      const { metadata } = await client.list(configMaps, { namespace });
      await make('a');
      const fresh = await open({ resourceVersion: metadata.resourceVersion });
      await clock.advance(1);
      expect(fresh.events).toMatchObject([{ type: 'ADDED' }]);
      server.store.compact(server.store.revision());
      const stale = await open({ resourceVersion: metadata.resourceVersion });
      await stale.ended;
      expect(stale.events).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }]);
      fresh.stop.abort();
    });

    it('refuses a page of a list that it can no longer show as it was', async () => {
      for (const name of ['a', 'b', 'c']) await make(name);
      const first = await client.list(configMaps, { namespace, limit: 1 });
      await make('d');
      server.store.compact(server.store.revision());
      const next = client.list(configMaps, { namespace, limit: 1, continue: first.metadata.continue! });
      await expect(next.catch((error: unknown) => isGone(error))).resolves.toBe(true);
    });

    it('forgets by itself, and no more than it was told to', async () => {
      server = createApiServer({ clock, random: createSeededRandom(7), history: 10 });
      client = createKubeClient({ transport: server.transport(), fieldManager: 'test' });
      for (let index = 0; index < 50; index++) await make(`m-${index}`);
      expect(server.store.since(server.store.compactedTo())!.length).toBeLessThanOrEqual(20);
      expect(server.store.since(server.store.revision() - 10)).toHaveLength(10);
      expect(server.store.since(server.store.compactedTo() - 1)).toBeUndefined();
    });
  });

  it('sends bookmarks by the clock, and ends a watch by it', async () => {
    const { metadata } = await client.list(configMaps, { namespace });
    const watch = await open({ resourceVersion: metadata.resourceVersion, timeoutSeconds: 150 });
    await client.create(namespaces, { metadata: { name: 'elsewhere' } });
    await clock.advance(59_000);
    expect(watch.events).toEqual([]);
    await clock.advance(1_000);
    expect(watch.events).toMatchObject([
      { type: 'BOOKMARK', object: { metadata: { resourceVersion: String(server.store.revision()) } } },
    ]);
    await clock.advance(90_000);
    await watch.ended;
    expect(watch.events).toHaveLength(2);
    expect(clock.pending()).toBe(0);
  });

  describe('ownership', () => {
    const ownedBy = (owner: { metadata?: { uid?: string; name?: string } }, more: object = {}) => ({
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          name: owner.metadata?.name,
          uid: owner.metadata?.uid,
          ...more,
        },
      ],
    });
    const left = async (): Promise<(string | undefined)[]> =>
      (await client.list(configMaps, { namespace })).items.map(({ metadata }) => metadata?.name);

    it('takes children away after their owner, grandchildren too', async () => {
      const parent = await make('parent');
      const child = await make('child', ownedBy(parent));
      await make('grandchild', ownedBy(child));
      await client.delete(configMaps, { namespace, name: 'parent' });
      expect(await left()).toEqual(['child', 'grandchild']);
      await clock.advance(1_000);
      expect(await left()).toEqual([]);
    });

    it('goes by UID: a namesake of the owner is a stranger', async () => {
      const parent = await make('parent');
      await make('child', ownedBy(parent));
      await client.delete(configMaps, { namespace, name: 'parent' });
      await make('parent');
      await clock.advance(1_000);
      expect(await left()).toEqual(['parent']);
    });

    it('keeps a child that has another owner', async () => {
      const [one, two] = [await make('one'), await make('two')];
      await make('child', {
        ownerReferences: [...ownedBy(one).ownerReferences, ...ownedBy(two).ownerReferences],
      });
      await client.delete(configMaps, { namespace, name: 'one' });
      await clock.advance(1_000);
      expect(await left()).toEqual(['child', 'two']);
    });

    it('waits in the foreground for children that block', async () => {
      const parent = await make('parent');
      await make('child', {
        ...ownedBy(parent, { blockOwnerDeletion: true }),
        finalizers: ['example.com/wait'],
      });
      await client.delete(configMaps, { namespace, name: 'parent' }, { propagation: 'Foreground' });
      await clock.advance(5_000);
      expect(await left()).toEqual(['child', 'parent']);
      await client.mergePatch(configMaps, { namespace, name: 'child' }, { metadata: { finalizers: null } });
      await clock.advance(5_000);
      expect(await left()).toEqual([]);
    });

    it('leaves orphans where it is told to', async () => {
      const parent = await make('parent');
      await make('child', ownedBy(parent));
      await client.delete(configMaps, { namespace, name: 'parent' }, { propagation: 'Orphan' });
      await clock.advance(1_000);
      expect(await left()).toEqual(['child']);
      const child = await client.get(configMaps, { namespace, name: 'child' });
      expect(child.metadata?.ownerReferences).toBeUndefined();
    });
  });

  it('empties a namespace before it goes', async () => {
    await client.create(namespaces, { metadata: { name: 'going' } });
    const held = { namespace: 'going', name: 'held' };
    await client.create(configMaps, { metadata: { ...held, finalizers: ['example.com/wait'] } });
    await client.create(configMaps, { metadata: { namespace: 'going', name: 'free' } });
    await client.delete(namespaces, { name: 'going' });
    await clock.advance(1_000);
    expect((await client.list(configMaps, { namespace: 'going' })).items).toHaveLength(1);
    expect(await client.find(namespaces, { name: 'going' })).toBeDefined();
    await client.mergePatch(configMaps, held, { metadata: { finalizers: null } });
    await clock.advance(1_000);
    expect(await client.find(namespaces, { name: 'going' })).toBeUndefined();
  });
});

it('tells who asked for what, and what came of it', async () => {
  const heard: string[] = [];
  const server = createApiServer({
    clock: createManualClock(),
    random: createSeededRandom(7),
    onAnswer: ({ method, path, user, impersonate }, status) =>
      heard.push(`${impersonate?.user ?? user} ${method} ${path} ${status}`),
    enforceRoles: false,
  });
  const client = createKubeClient({ transport: server.transport({ user: 'me' }), fieldManager: 'test' });
  await client.find(namespaces, { name: 'default' });
  await client.impersonate({ user: 'you' }).find(namespaces, { name: 'none' });
  expect(heard).toEqual(['me GET /api/v1/namespaces/default 200', 'you GET /api/v1/namespaces/none 404']);
});
