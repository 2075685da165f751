import { describe, expect, it } from '@jest/globals';
import { defineResource, type KubeClient } from '../client/index.ts';
import { OperatorError } from '../errors/index.ts';
import { migrateStorage } from './migrate-storage.ts';

const widgets = defineResource('example.com', 'v2', 'Widget', 'widgets');

interface Stored {
  name: string;
  uid: string;
  storedIn: string;
  revision: number;
}

/** As much of an API server as a migration meets: two versions of a kind, one of them stored. */
function createServer(count: number) {
  const objects = new Map<string, Stored>();
  let revision = 100;
  const crd = { stored: ['v1', 'v2'], version: 'v2', generation: 2, revision: 1 };
  for (let index = 0; index < count; index += 1) {
    const name = `w-${String(index).padStart(3, '0')}`;
    objects.set(name, { name, uid: `uid-${index}`, storedIn: 'v1', revision: (revision += 1) });
  }
  const patched: string[] = [];
  let before: (name: string) => void = () => undefined;
  const metadata = ({ name, uid, revision: at }: Stored) => ({
    name,
    namespace: 'default',
    uid,
    resourceVersion: String(at),
  });
  const client = {
    get: () =>
      Promise.resolve({
        metadata: { generation: crd.generation, resourceVersion: String(crd.revision) },
        spec: { versions: ['v1', 'v2'].map((name) => ({ name, storage: name === crd.version })) },
        status: { storedVersions: crd.stored },
      }),
    find: (_: unknown, { name }: { name: string }) => {
      const found = objects.get(name);
      return Promise.resolve(found && { metadata: metadata(found) });
    },
    list: (_: unknown, { limit, continue: from = '' }: { limit: number; continue?: string }) => {
      const rest = [...objects.values()].filter(({ name }) => name > from);
      const items = rest.slice(0, limit);
      const last = items.at(-1)?.name ?? '';
      return Promise.resolve({
        items: items.map((object) => ({ metadata: metadata(object) })),
        metadata: { resourceVersion: '1', ...(rest.length > limit ? { continue: last } : {}) },
      });
    },
    async mergePatch(
      resource: { kind: string },
      { name }: { name: string },
      patch: { metadata: { uid?: string; resourceVersion: string }; status?: { storedVersions: string[] } },
    ) {
      await Promise.resolve();
      before(resource.kind === 'Widget' ? name : 'the CRD');
      if (patch.status) {
        if (patch.metadata.resourceVersion !== String(crd.revision))
          throw new OperatorError('conflict', 'CRD');
        crd.stored = patch.status.storedVersions;
        return;
      }
      const found = objects.get(name);
      if (!found) throw new OperatorError('not-found', name);
      if (found.uid !== patch.metadata.uid || String(found.revision) !== patch.metadata.resourceVersion)
        throw new OperatorError('conflict', name);
      patched.push(name);
      if (found.storedIn === crd.version) return;
      Object.assign(found, { storedIn: crd.version, revision: (revision += 1) });
    },
  };
  return {
    client: client as unknown as KubeClient,
    crd,
    objects,
    patched,
    bump: (name: string) => Object.assign(objects.get(name)!, { revision: (revision += 1) }),
    /** Called before each patch takes effect. */
    meanwhile(act: (name: string) => void) {
      before = act;
    },
    notMoved: () => [...objects.values()].filter(({ storedIn }) => storedIn !== crd.version).length,
  };
}

const migrate = (server: ReturnType<typeof createServer>, signal?: AbortSignal) =>
  migrateStorage({ client: server.client, resource: widgets, pageSize: 4, ...(signal ? { signal } : {}) });

describe('migrateStorage', () => {
  it('has every object written, page by page, then says that only one version is stored', async () => {
    const server = createServer(11);
    expect(await migrate(server)).toEqual({ version: 'v2', state: 'done', written: 11, why: [] });
    expect(server.notMoved()).toBe(0);
    expect(server.crd.stored).toEqual(['v2']);
    expect(await migrate(server)).toEqual({ version: 'v2', state: 'done', written: 0, why: [] });
    expect(server.patched).toHaveLength(11);
  });

  it('writes again what others write at the same time', async () => {
    const server = createServer(6);
    let conflicts = 3;
    server.meanwhile((name) => {
      if (name === 'w-002' && conflicts-- > 0) server.bump(name);
    });
    expect(await migrate(server)).toMatchObject({ state: 'done', written: 6 });
    expect(server.notMoved()).toBe(0);
  });

  it('needs nothing of what is gone or was made anew', async () => {
    const server = createServer(6);
    server.meanwhile((name) => {
      if (name === 'w-001') server.objects.delete(name);
      if (name === 'w-003') server.objects.set(name, { name, uid: 'another', storedIn: 'v2', revision: 900 });
    });
    expect(await migrate(server)).toMatchObject({ state: 'done' });
    expect(server.notMoved()).toBe(0);
  });

  it.each([
    ['refused', () => new OperatorError('invalid', 'is refused')],
    ['always written by others', () => new OperatorError('conflict', 'is refused')],
  ])('says which object is %s, and keeps the old version on the CRD', async (_, error) => {
    const server = createServer(6);
    server.meanwhile((name) => {
      if (name === 'w-002') throw error();
    });
    expect(await migrate(server)).toEqual({
      version: 'v2',
      state: 'held',
      written: 5,
      why: ['default/w-002: is refused'],
    });
    expect(server.crd.stored).toEqual(['v1', 'v2']);
    server.meanwhile(() => undefined);
    expect(await migrate(server)).toMatchObject({ state: 'done', written: 6 });
  });

  it('trims nothing when the CRD changed while objects were written', async () => {
    const server = createServer(6);
    server.meanwhile((name) => {
      if (name === 'w-003') server.crd.generation += 1;
    });
    expect(await migrate(server)).toMatchObject({ state: 'held', written: 6 });
    expect(server.crd.stored).toEqual(['v1', 'v2']);
    server.meanwhile((name) => {
      if (name === 'the CRD') server.crd.revision += 1;
    });
    expect(await migrate(server)).toMatchObject({ state: 'held', why: ['the CRD changed meanwhile'] });
    expect(server.crd.stored).toEqual(['v1', 'v2']);
    server.meanwhile(() => undefined);
    expect(await migrate(server)).toMatchObject({ state: 'done' });
  });

  it('cut off at any write, is made again and comes to the same end', async () => {
    for (let cut = 0; cut <= 7; cut += 1) {
      const server = createServer(6);
      let writes = 0;
      server.meanwhile(() => {
        writes += 1;
        if (writes === cut + 1) throw new OperatorError('network', 'cut off');
      });
      await migrate(server).catch(() => undefined);
      // One object less, or the trimming itself: either way the CRD does not promise what is not so.
      if (server.crd.stored.length === 1) expect(server.notMoved()).toBe(0);
      server.meanwhile(() => undefined);
      expect(await migrate(server)).toMatchObject({ state: 'done' });
      expect([server.notMoved(), server.crd.stored]).toEqual([0, ['v2']]);
    }
  });
});
