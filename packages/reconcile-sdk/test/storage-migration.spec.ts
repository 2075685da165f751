import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  canRunControlPlane,
  eventually,
  firstStartTimeoutMs,
  startControlPlane,
  type ControlPlane,
} from '@stateful/local-cluster';
import {
  connect,
  createLogger,
  defineResource,
  loadKubeConfig,
  migrateStorage,
  resources,
  storageMigration,
  storageMigrationRules,
  type KubeClient,
  type KubeObject,
} from '../src/index.ts';

const isPossible = await canRunControlPlane('Storage migration');
const group = 'migration.example.com';
const gadgets = defineResource<KubeObject & { spec: { size: number } }>(group, 'v2', 'Gadget', 'gadgets');
const definition = { name: `gadgets.${group}` };
const rbac = 'rbac.authorization.k8s.io';
const roles = defineResource(rbac, 'v1', 'ClusterRole', 'clusterroles', 'cluster');
const bindings = defineResource(rbac, 'v1', 'ClusterRoleBinding', 'clusterrolebindings', 'cluster');

/** CRD with versions v1 and v2 of one shape, of which `stored` is stored. */
const crd = (names: readonly string[], stored: string) => ({
  metadata: definition,
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind: 'Gadget', listKind: 'GadgetList', plural: 'gadgets', singular: 'gadget' },
    versions: names.map((name) => ({
      name,
      served: true,
      storage: name === stored,
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: {
            spec: { type: 'object', properties: { size: { type: 'integer', format: 'int32' } } },
          },
        },
      },
    })),
  },
});

(isPossible ? describe : describe.skip)('objects in a version that is stored no more', () => {
  let plane: ControlPlane;
  let user: KubeClient;
  /** Has the rights of a migration and no others. */
  let migrator: KubeClient;
  const count = 23;

  const definitionNow = () => user.get(resources.customResourceDefinitions, definition);
  const change = async (names: readonly string[], stored: string): Promise<void> => {
    const now = await definitionNow();
    await user.update(resources.customResourceDefinitions, {
      ...now,
      spec: { ...now.spec, versions: crd(names, stored).spec.versions },
    });
  };
  const revisions = async (): Promise<Map<string, string>> =>
    new Map(
      (await user.list(gadgets)).items.map(({ metadata }) => [
        metadata?.name ?? '',
        metadata?.resourceVersion ?? '',
      ]),
    );

  beforeAll(async () => {
    plane = await startControlPlane();
    user = connect({ config: await loadKubeConfig({ path: plane.kubeconfigPath }), fieldManager: 'a-user' });
    migrator = connect({
      config: await loadKubeConfig({ path: plane.kubeconfigFor('migrator') }),
      fieldManager: 'migrator',
    });
    await user.create(roles, {
      metadata: { name: 'migrator' },
      rules: storageMigrationRules(gadgets),
    } as never);
    await user.create(bindings, {
      metadata: { name: 'migrator' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'migrator' },
      subjects: [{ apiGroup: rbac, kind: 'User', name: 'migrator' }],
    } as never);
    await user.create(resources.customResourceDefinitions, crd(['v1', 'v2'], 'v1'));
    await eventually('gadgets are served', () => user.list(gadgets));
    for (let index = 0; index < count; index += 1)
      await user.create(gadgets, {
        metadata: { namespace: 'default', name: `g-${String(index).padStart(2, '0')}` },
        spec: { size: index },
      });
    await change(['v1', 'v2'], 'v2');
    await eventually('both are stored', async () =>
      expect((await definitionNow()).status?.storedVersions).toEqual(['v1', 'v2']),
    );
  }, firstStartTimeoutMs);
  afterAll(async () => {
    await user?.close();
    await migrator?.close();
    await plane?.stop();
  });

  it('keep their version from being dropped', async () => {
    await expect(change(['v2'], 'v2')).rejects.toThrow('storedVersions');
  });

  it('cut off half-way: what is written stays, and the CRD promises nothing yet', async () => {
    const before = await revisions();
    const stop = new AbortController();
    let writes = 0;
    const counting: KubeClient = {
      ...migrator,
      mergePatch: (...call) => {
        writes += 1;
        if (writes === 9) stop.abort(new Error('the process ends'));
        return migrator.mergePatch(...call);
      },
    };
    await expect(
      migrateStorage({ client: counting, resource: gadgets, pageSize: 4, signal: stop.signal }),
    ).rejects.toThrow();
    const after = await revisions();
    expect([...after].filter(([name, revision]) => before.get(name) !== revision)).toHaveLength(8);
    expect((await definitionNow()).status?.storedVersions).toEqual(['v1', 'v2']);
  });

  it('are written to the end by another process, each once, while users go on', async () => {
    const before = await revisions();
    const ending = new AbortController();
    const lines: string[] = [];
    const running = storageMigration({
      client: migrator,
      resource: gadgets,
      log: createLogger({ name: 'test', destination: { write: (line) => void lines.push(line) } }),
      settleMs: 0,
    }).run(ending.signal);
    const busy = { namespace: 'default', name: 'g-20' };
    for (let size = 100; size < 110; size += 1) await user.mergePatch(gadgets, busy, { spec: { size } });
    await eventually('only one version is stored', async () =>
      expect((await definitionNow()).status?.storedVersions).toEqual(['v2']),
    );
    ending.abort();
    await running;
    expect(lines.join()).toContain('storage is migrated');
    const after = await revisions();
    const untouched = [...after].filter(([name, revision]) => before.get(name) === revision);
    expect(untouched).toHaveLength(8);
    expect((await user.get(gadgets, busy)).spec.size).toBe(109);
  });

  it('are all there when the old version is dropped', async () => {
    await change(['v2'], 'v2');
    await eventually('v1 is gone', async () =>
      expect((await definitionNow()).spec.versions.map(({ name }) => name)).toEqual(['v2']),
    );
    const { items } = await user.list(gadgets);
    expect(items).toHaveLength(count);
  });
});
