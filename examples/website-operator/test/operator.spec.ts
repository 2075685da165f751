import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  connect,
  createLogger,
  createManager,
  defineResource,
  isNotFound,
  loadKubeConfig,
  resources,
  type KubeClient,
} from '@stateful/reconcile-sdk';
import { eventually, startControlPlane, type ControlPlane } from '@stateful/local-cluster';
import { websitePlan } from '../src/definition.ts';
import { clusterRoles, role } from '../src/role.ts';
import { websiteDefinition, websites } from '../src/website.ts';
import { configMapZone } from '../src/zone.ts';

const namespace = 'default';
const key = { namespace, name: 'front' };
const zoneKey = { namespace, name: 'zone' };
const bindings = defineResource(
  'rbac.authorization.k8s.io',
  'v1',
  'ClusterRoleBinding',
  'clusterrolebindings',
  'cluster',
);
const binding = {
  metadata: { name: 'website-operator' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'website-operator' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'operator' }],
};

describe('the operator on a real API server', () => {
  let plane: ControlPlane;
  let user: KubeClient;
  const stop = new AbortController();
  let ended: Promise<void> | undefined;

  beforeAll(async () => {
    plane = await startControlPlane({ auditLog: true });
    user = connect({ config: await loadKubeConfig({ path: plane.kubeconfigPath }), fieldManager: 'user' });
    await user.create(clusterRoles, role);
    await user.create(bindings, binding);
    await user.create(resources.customResourceDefinitions, websiteDefinition);
    await user.create(resources.configMaps, { metadata: zoneKey, data: {} });
    const manager = createManager({
      name: 'website-operator',
      identity: 'test',
      config: await loadKubeConfig({ path: plane.kubeconfigFor('operator') }),
      election: { namespace, thread: false },
      log: createLogger({ name: 'website-operator', level: 'error' }),
    });
    manager.addPlan(websitePlan(configMapZone(manager.client, zoneKey)));
    ended = manager.run(stop.signal);
  }, 600_000);

  afterAll(async () => {
    stop.abort();
    await ended;
    await user?.close();
    await plane?.stop();
  }, 60_000);

  const create = (name: string, hostname: string) =>
    user.apply(websites, {
      metadata: { namespace, name },
      spec: { hostname, replicas: 1, pages: { 'index.html': 'hello' } },
    });
  const zone = async () => (await user.get(resources.configMaps, zoneKey)).data ?? {};
  const condition = async (name: string, type: string) =>
    (await user.get(websites, { namespace, name })).status?.conditions?.find((entry) => entry.type === type);

  it('makes the children and registers the name', async () => {
    const { metadata } = await create('front', 'www.example.com');
    await eventually('the name is registered', async () =>
      expect(await zone()).toEqual({ 'www.example.com': metadata?.uid }),
    );
    await user.get(resources.services, key);
    // No pods run here, so the test says that they do, as the Deployment controller would.
    const conditions = [
      { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: '' },
      { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: '' },
    ];
    const counts = { replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 };
    await user.mergePatch(
      resources.deployments,
      key,
      { status: { observedGeneration: 1, ...counts, conditions } },
      { subresource: 'status' },
    );
    await eventually('it is ready', async () =>
      expect(await condition('front', 'Ready')).toMatchObject({ status: 'True' }),
    );
  }, 60_000);

  it('moves to another name and lets the old one go', async () => {
    await user.mergePatch(websites, key, { spec: { hostname: 'shop.example.com' } });
    await eventually('the status names it', async () =>
      expect((await user.get(websites, key)).status).toMatchObject({
        hostname: 'shop.example.com',
        operation: { phase: 'Succeeded' },
      }),
    );
    expect(Object.keys(await zone())).toEqual(['shop.example.com']);
  }, 60_000);

  it('says so when the name belongs to somebody else, and takes nothing', async () => {
    await create('rival', 'shop.example.com');
    await eventually('it has failed', async () =>
      expect(await condition('rival', 'Degraded')).toMatchObject({ reason: 'OperationFailed' }),
    );
    expect(await condition('rival', 'Published')).toMatchObject({ reason: 'NameTaken' });
    expect((await user.get(websites, key)).status?.hostname).toBe('shop.example.com');
  }, 60_000);

  it('lets the name go when the website is deleted', async () => {
    await user.delete(websites, key);
    await eventually('it is gone', () =>
      user.get(websites, key).then(
        () => expect('there').toBe('gone'),
        (error: unknown) => expect(isNotFound(error)).toBe(true),
      ),
    );
    expect(await zone()).toEqual({});
  }, 60_000);

  it('asked for nothing that its role does not allow', () => {
    const refused = plane.auditEvents().filter(({ user: who, code }) => who === 'operator' && code === 403);
    expect(refused).toEqual([]);
  });
});
