import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  connect,
  createLogger,
  createManager,
  loadKubeConfig,
  migrateStorage,
  resources,
  type KubeClient,
} from '@stateful/reconcile-sdk';
import { canRunControlPlane, eventually, firstStartTimeoutMs, isWrite } from '@stateful/local-cluster';
import { postgresClusterPlan, postgresClusters, randomPasswords } from '../src/index.ts';
import { oldClusters } from './old-clusters.ts';
import { isReady, startWebhookWorld, type Replica, type WebhookWorld } from './webhook-world.ts';

const isPossible = await canRunControlPlane('Two versions of one kind');
const namespace = 'default';
const definition = { name: 'postgresclusters.db.example.com' };

(isPossible ? describe : describe.skip)('a cluster in two versions', () => {
  let world: WebhookWorld;
  let user: KubeClient;
  let replica: Replica;
  const stop = new AbortController();
  let running: Promise<void> | undefined;

  /** What the API server stores from now on. */
  async function store(version: string): Promise<void> {
    const crd = await user.get(resources.customResourceDefinitions, definition);
    const versions = crd.spec.versions.map((one) => ({ ...one, storage: one.name === version }));
    await user.update(resources.customResourceDefinitions, {
      ...crd,
      spec: { ...crd.spec, versions },
    });
  }

  beforeAll(async () => {
    world = await startWebhookWorld();
    user = world.user;
    replica = await world.startReplica();
    world.balancer.route([replica.port]);
    await world.install();
    await isReady(replica);
    // As it was before there was a second version.
    await store('v1alpha1');
    await user.mergePatch(
      resources.customResourceDefinitions,
      definition,
      { status: { storedVersions: ['v1alpha1'] } },
      { subresource: 'status' },
    );
    const manager = createManager({
      name: 'postgres-operator',
      config: await loadKubeConfig({ path: world.operatorKubeconfig }),
      log: createLogger({ name: 'test', destination: { write: () => undefined } }),
      identity: 'test',
    });
    manager.addPlan(
      postgresClusterPlan({ images: { '17.12.0': 'postgres:17.12.0' }, passwords: randomPasswords }),
    );
    running = manager.run(stop.signal);
  }, firstStartTimeoutMs);
  afterAll(async () => {
    stop.abort();
    await running;
    await world?.stop();
  }, 60_000);

  const key = { namespace, name: 'pg' };
  const oldNow = () => user.get(oldClusters, key);
  const now = () => user.get(postgresClusters, key);
  const statefulSet = () => user.get(resources.statefulSets, key);
  const seen = () =>
    eventually('the operator has answered', async () => {
      const { metadata, status } = await now();
      expect(status?.observedGeneration).toBe(metadata?.generation);
    });
  let template: unknown;

  it('is made in the old version and read in each', async () => {
    const made = await user.create(oldClusters, {
      metadata: key,
      spec: { replicas: 3, version: '17.12.0', backupSchedule: '02:30', retentionDays: 14 },
    });
    expect(made.spec).toEqual({
      replicas: 3,
      version: '17.12.0',
      backupSchedule: '02:30',
      retentionDays: 14,
    });
    expect((await oldNow()).spec).toEqual(made.spec);
    // Defaults of a version are filled in when it is written or stored, not when it is converted to.
    expect((await now()).spec).toEqual({
      replicas: 3,
      version: '17.12.0',
      backupSchedule: '02:30',
      backupRetention: '14d',
    });
    expect((await user.list(postgresClusters, { namespace })).items).toHaveLength(1);
    expect((await user.list(oldClusters, { namespace })).items).toHaveLength(1);
    await seen();
    template = (await statefulSet()).spec?.template;
  });

  it('keeps what either version cannot say, whoever writes', async () => {
    await user.mergePatch(postgresClusters, key, {
      spec: { parameters: { work_mem: '8MB' }, backupRetention: '2w', storage: { size: '2Gi' } },
    });
    expect((await oldNow()).spec).toMatchObject({ retentionDays: 14 });
    // Replaced whole, as an old tool does: what it cannot see stays.
    const old = await oldNow();
    await user.update(oldClusters, { ...old, spec: { ...old.spec, backupSchedule: '03:30' } });
    expect((await now()).spec).toMatchObject({
      backupSchedule: '03:30',
      backupRetention: '2w',
      parameters: { work_mem: '8MB' },
      storage: { size: '2Gi' },
    });
    // What it can see and changes, counts.
    await user.mergePatch(oldClusters, key, { spec: { retentionDays: 30 } });
    expect((await now()).spec).toMatchObject({ backupRetention: '30d', parameters: { work_mem: '8MB' } });
    // Applied by two, each in its own words.
    const other = connect({
      config: await loadKubeConfig({ path: world.plane.kubeconfigPath }),
      fieldManager: 'another-user',
    });
    try {
      const words = { replicas: 3, version: '17.12.0', retentionDays: 21 };
      await other.apply(oldClusters, { metadata: key, spec: words }, { force: true });
      await user.apply(
        postgresClusters,
        { metadata: key, spec: { parameters: { work_mem: '9MB' } } },
        {
          force: true,
        },
      );
    } finally {
      await other.close();
    }
    expect((await now()).spec).toMatchObject({ backupRetention: '21d', parameters: { work_mem: '9MB' } });
    await seen();
  });

  it('has a neighbour that only clients of the new version know', async () => {
    const spec = { replicas: 3, version: '17.12.0' };
    await user.create(postgresClusters, { metadata: { namespace, name: 'modern' }, spec } as never);
    await eventually('it is made', () => user.get(resources.statefulSets, { namespace, name: 'modern' }));
  });

  it('is not touched when another version is stored', async () => {
    const before = await statefulSet();
    expect(before.spec?.template).toEqual(template);
    const setWrites = () =>
      world.plane
        .auditEvents()
        .filter((event) => event.user === 'operator' && event.resource === 'statefulsets' && isWrite(event))
        .length;
    const writes = setWrites();
    await store('v1beta1');
    // Rewritten by whoever migrates; meanwhile both are read.
    await eventually('both are stored', async () => {
      const { status } = await user.get(resources.customResourceDefinitions, definition);
      expect(status?.storedVersions).toEqual(['v1alpha1', 'v1beta1']);
    });
    expect((await oldNow()).spec.retentionDays).toBe(21);
    const { resourceVersion } = (await now()).metadata ?? {};
    expect(await migrateStorage({ client: user, resource: postgresClusters })).toMatchObject({
      state: 'done',
      version: 'v1beta1',
    });
    // The API server writes what is stored in another version, although nothing in it changes.
    expect((await now()).metadata?.resourceVersion).not.toBe(resourceVersion);
    const { status } = await user.get(resources.customResourceDefinitions, definition);
    expect(status?.storedVersions).toEqual(['v1beta1']);
    await seen();
    expect((await oldNow()).spec.retentionDays).toBe(21);
    const after = await statefulSet();
    expect(after.spec?.template).toEqual(template);
    expect(after.metadata?.generation).toBe(before.metadata?.generation);
    expect(after.metadata?.uid).toBe(before.metadata?.uid);
    expect(setWrites()).toBe(writes);
  });

  describe('while no webhook is there', () => {
    beforeAll(async () => {
      world.balancer.route([1]);
      await replica.stop();
    }, 30_000);

    it('refuses what people change, and says why', async () => {
      await expect(
        user.mergePatch(postgresClusters, key, { spec: { backupSchedule: '04:00' } }),
      ).rejects.toThrow('failed calling webhook "validate.postgresclusters.db.example.com"');
    });

    /** One pod more that the operator has not seen. */
    async function appears(name: string): Promise<void> {
      const set = await user.get(resources.statefulSets, { namespace, name });
      await user.create(resources.pods, {
        metadata: {
          name: `${name}-0`,
          namespace,
          labels: set.spec?.template.metadata?.labels ?? {},
          annotations: set.spec?.template.metadata?.annotations ?? {},
          ownerReferences: [
            {
              apiVersion: 'apps/v1',
              kind: 'StatefulSet',
              name,
              uid: set.metadata?.uid ?? '',
              controller: true,
            },
          ],
        },
        spec: { containers: [{ name: 'postgres', image: 'none' }] },
      });
    }
    const replicasOf = async (name: string) =>
      (await user.get(postgresClusters, { namespace, name })).status?.replicas;

    it('goes on being looked after: the operator makes what is missing and tells what it sees', async () => {
      await appears('modern');
      await eventually('the status says so', async () => expect(await replicasOf('modern')).toBe(1));
      for (const name of ['modern-ro', 'pg-ro']) {
        const lost = { namespace, name };
        await user.delete(resources.services, lost);
        await eventually('it is back', () => user.get(resources.services, lost));
      }
    });

    it('tells nothing new of one that an old client wrote to, until there is a webhook again', async () => {
      // To apply anything, the API server compares in the version of everybody who ever wrote a field.
      await appears('pg');
      const applied = { metadata: { annotations: { a: 'b' } } };
      await expect(
        user.apply(postgresClusters, { ...applied, metadata: { ...key, ...applied.metadata } }),
      ).rejects.toThrow('conversion webhook for db.example.com/v1beta1');
      expect(await replicasOf('pg')).toBe(0);
      replica = await world.startReplica();
      await isReady(replica);
      world.balancer.route([replica.port]);
      await eventually('the status says so', async () => expect(await replicasOf('pg')).toBe(1), 30_000);
      world.balancer.route([1]);
      await replica.stop();
    }, 60_000);

    it('is deleted when somebody wants it, with all that waits for it', async () => {
      await user.mergePatch(postgresClusters, key, { metadata: { finalizers: ['example.com/held'] } });
      await user.delete(postgresClusters, key);
      await user.mergePatch(postgresClusters, key, { metadata: { finalizers: null } });
      expect(await user.find(postgresClusters, key)).toBeUndefined();
    });
  });

  it('is refused nothing of all this', () => {
    const refused = world.plane
      .auditEvents()
      .filter(({ user: who, code }) => who === 'operator' && [401, 403, 422].includes(code));
    expect(refused).toEqual([]);
  });
});
