import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createLogger,
  createManager,
  loadKubeConfig,
  resources,
  type KubeClient,
  type Manager,
} from '@stateful/reconcile-sdk';
import { type PostgresCluster } from '@stateful/postgres-api';
import { postgresClusterPlan, postgresClusters, randomPasswords } from '../src/index.ts';
import { canRunControlPlane, eventually, firstStartTimeoutMs, isWrite } from '@stateful/local-cluster';
import { startPlane, type Plane } from './plane.ts';

const isPossible = await canRunControlPlane('The operator');

const namespace = 'default';
const name = 'pg-test';

const cluster = (spec: object): PostgresCluster =>
  ({ metadata: { name, namespace }, spec }) as unknown as PostgresCluster;
const good = { replicas: 3, version: '17.12.0', storage: { size: '1Gi' } };
const store = { endpoint: 'https://s3.example.com', bucket: 'backups', credentialsSecret: 's3' };

(isPossible ? describe : describe.skip)('the operator on a real API server', () => {
  let world: Plane;
  let user: KubeClient;
  let manager: Manager;
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  const logged: string[] = [];

  beforeAll(async () => {
    world = await startPlane();
    user = world.user;
    manager = createManager({
      name: 'postgres-operator',
      config: await loadKubeConfig({ path: world.operatorKubeconfig }),
      log: createLogger({
        name: 'test',
        verbose: true,
        destination: { write: (line: string) => void logged.push(line) },
      }),
      identity: 'test',
    });
    manager.addPlan(
      postgresClusterPlan({
        images: { '17.12.0': 'docker.io/local/postgres:17.12.0' },
        passwords: randomPasswords,
      }),
    );
    running = manager.run(stop.signal);
  }, firstStartTimeoutMs);

  afterAll(async () => {
    stop.abort();
    await running;
    await world?.stop();
  }, 60_000);

  const now = (): Promise<PostgresCluster> => user.get(postgresClusters, { namespace, name });
  const condition = async (type: string) =>
    (await now()).status?.conditions?.find((entry) => entry.type === type);
  const operatorWrites = () =>
    world.plane.auditEvents().filter((event) => event.userAgent === 'postgres-operator' && isWrite(event));
  /** Sum of a counter over its labels. */
  const counter = async (metric: string): Promise<number> =>
    (await manager.metrics.registry.getSingleMetricAsString(metric))
      .split('\n')
      .filter((line) => line.startsWith(metric))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  /** Until the operator has answered this generation and has no work left. */
  const settled = () =>
    eventually('the operator has answered', async () => {
      const { metadata, status } = await now();
      expect(status?.observedGeneration).toBe(metadata?.generation);
      // It has also seen what it made itself: nothing runs pods here, so this is where a new cluster stays.
      expect(status?.conditions?.find(({ type }) => type === 'Ready')?.message).toContain('has no pod');
      expect(await counter('workqueue_depth')).toBe(0);
      expect(await counter('controller_runtime_active_workers')).toBe(0);
    });

  it('makes what a cluster needs', async () => {
    await user.create(postgresClusters, cluster(good));
    await settled();
    const set = await user.get(resources.statefulSets, { namespace, name });
    expect(set.spec?.replicas).toBe(3);
    expect(set.metadata?.ownerReferences).toMatchObject([
      { kind: 'PostgresCluster', name, controller: true },
    ]);
    for (const service of ['pg-test-rw', 'pg-test-ro', 'pg-test-instances']) {
      await user.get(resources.services, { namespace, name: service });
    }
    const secret = await user.get(resources.secrets, { namespace, name: 'pg-test-credentials' });
    expect(Object.keys(secret.data ?? {}).sort()).toEqual([
      'dbname',
      'host',
      'password',
      'port',
      'replication-password',
      'superuser-password',
      'uri',
      'username',
    ]);
    await user.get(resources.configMaps, { namespace, name: 'pg-test-config' });
    await user.get(resources.podDisruptionBudgets, { namespace, name: 'pg-test-instances' });
    await user.get(resources.roles, { namespace, name: 'pg-test-instance' });
    expect(await user.find(resources.cronJobs, { namespace, name: 'pg-test-backup' })).toBeUndefined();
    expect(await condition('Ready')).toMatchObject({ status: 'False', reason: 'Creating' });
    expect(await condition('Degraded')).toMatchObject({ status: 'False' });
  });

  it('tells each condition in an event', async () => {
    const conditions = (await now()).status?.conditions ?? [];
    await eventually('there is an event for each', async () => {
      const { items } = await user.list(resources.events, { namespace });
      expect(items.map(({ reason }) => reason).sort()).toEqual(conditions.map(({ reason }) => reason).sort());
    });
  });

  it('writes nothing in a second reconcile', async () => {
    await settled();
    const before = operatorWrites().length;
    expect(before).toBeGreaterThan(10);
    // A change that concerns nothing wakes the operator; the count of its reconciles says that it looked.
    const looks = () => counter('controller_runtime_reconcile_total');
    const looked = await looks();
    await user.mergePatch(
      postgresClusters,
      { namespace, name },
      { metadata: { annotations: { touched: 'yes' } } },
    );
    await eventually('it looked again', async () => expect(await looks()).toBeGreaterThan(looked));
    await settled();
    expect(operatorWrites().slice(before)).toEqual([]);
  });

  it('makes the backup CronJob once and changes it only when its spec differs', async () => {
    await user.mergePatch(
      postgresClusters,
      { namespace, name },
      { spec: { backupStore: store, backupSchedule: '02:30' } },
    );
    await settled();
    const cronJob = await user.get(resources.cronJobs, { namespace, name: 'pg-test-backup' });
    expect(cronJob.spec).toMatchObject({ schedule: '30 2 * * *', timeZone: 'Etc/UTC', suspend: false });
    await user.mergePatch(postgresClusters, { namespace, name }, { spec: { backupRetention: '2w' } });
    await settled();
    const same = await user.get(resources.cronJobs, { namespace, name: 'pg-test-backup' });
    expect(same.metadata?.resourceVersion).toBe(cronJob.metadata?.resourceVersion);
    await user.mergePatch(postgresClusters, { namespace, name }, { spec: { backupSchedule: '03:15' } });
    await settled();
    const { items } = await user.list(resources.cronJobs, { namespace });
    expect(items.map((item) => item.spec?.schedule)).toEqual(['15 3 * * *']);
  });

  it('refuses a smaller volume, changes nothing and says which field', async () => {
    const set = await user.get(resources.statefulSets, { namespace, name });
    await user.mergePatch(
      postgresClusters,
      { namespace, name },
      { spec: { storage: { size: '512Mi' }, replicas: 5 } },
    );
    await settled();
    expect(await condition('Degraded')).toMatchObject({
      status: 'True',
      reason: 'InvalidSpec',
      message: expect.stringContaining('spec.storage.size: a volume cannot shrink') as unknown,
    });
    const same = await user.get(resources.statefulSets, { namespace, name });
    expect(same.metadata?.resourceVersion).toBe(set.metadata?.resourceVersion);
    await user.mergePatch(
      postgresClusters,
      { namespace, name },
      { spec: { storage: { size: '1Gi' }, replicas: 3 } },
    );
    await settled();
    expect(await condition('Degraded')).toMatchObject({ status: 'False' });
  });

  it('replaces a pod that cannot start when the spec is put right, and no pod that runs', async () => {
    const set = await user.get(resources.statefulSets, { namespace, name });
    const uid = set.metadata?.uid ?? '';
    // As the StatefulSet controller and the kubelet would: one pod without its image, one that runs.
    const make = async (ordinal: number, state: object): Promise<void> => {
      const podName = `${name}-${ordinal}`;
      await user.create(resources.pods, {
        metadata: {
          name: podName,
          namespace,
          ...(set.spec?.template.metadata?.labels ? { labels: set.spec.template.metadata.labels } : {}),
          ...(set.spec?.template.metadata?.annotations
            ? { annotations: set.spec.template.metadata.annotations }
            : {}),
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid, controller: true }],
        },
        spec: { containers: [{ name: 'postgres', image: 'nowhere/postgres' }] },
      });
      await user.mergePatch(
        resources.pods,
        { namespace, name: podName },
        {
          status: {
            phase: 'Pending',
            containerStatuses: [
              { name: 'postgres', image: '', imageID: '', ready: false, restartCount: 0, state },
            ],
          },
        },
        { subresource: 'status' },
      );
      // Only now of an older template: before it has a status, it is one that does not run.
      await user.mergePatch(
        resources.pods,
        { namespace, name: podName },
        { metadata: { annotations: { 'db.example.com/spec-checksum': 'older' } } },
      );
    };
    await make(1, { running: {} });
    await make(0, { waiting: { reason: 'ImagePullBackOff' } });
    await eventually('the pod that cannot start is gone', async () => {
      expect(await user.find(resources.pods, { namespace, name: `${name}-0` })).toBeUndefined();
    });
    expect(
      (await user.get(resources.pods, { namespace, name: `${name}-1` })).metadata?.deletionTimestamp,
    ).toBeUndefined();
    await user.delete(resources.pods, { namespace, name: `${name}-1` }, { gracePeriodSeconds: 0 });
  });

  it('leaves a foreign object alone and says so', async () => {
    const other = 'pg-foreign';
    await user.create(resources.services, {
      metadata: { name: `${other}-rw`, namespace },
      spec: { ports: [{ port: 1 }] },
    });
    await user.create(postgresClusters, {
      ...cluster(good),
      metadata: { name: other, namespace },
    });
    await eventually('the operator says so', async () => {
      const { status } = await user.get(postgresClusters, { namespace, name: other });
      expect(status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'Degraded', status: 'True', reason: 'ForeignObject' }),
      );
    });
    const service = await user.get(resources.services, { namespace, name: `${other}-rw` });
    expect(service.metadata?.ownerReferences).toBeUndefined();
    expect(service.spec?.ports?.[0]?.port).toBe(1);
    await eventually('the status tells of what was made beside it', async () => {
      const { status } = await user.get(postgresClusters, { namespace, name: other });
      expect(status?.conditions?.find(({ type }) => type === 'Ready')?.message).toContain(
        'pg-foreign-0 has no pod',
      );
    });
    // What stays wrong is told once: tries go on, writes do not.
    // To find the name taken is how it is known to be: that try is refused and changes nothing.
    const writes = () =>
      operatorWrites().filter(({ resource, code }) => resource !== 'events' && code < 400).length;
    const before = writes();
    const failures = await counter('controller_runtime_reconcile_errors_total');
    await eventually(
      'it tried again',
      async () =>
        expect(await counter('controller_runtime_reconcile_errors_total')).toBeGreaterThan(failures),
      30_000,
    );
    expect(writes()).toBe(before);
    await user.delete(postgresClusters, { namespace, name: other });
  }, 60_000);

  it('sent nothing that changed nothing, and was refused nothing', async () => {
    const noops = await manager.metrics.registry.getSingleMetricAsString('reconcile_noop_writes_total');
    expect(noops.split('\n').filter((line) => line.startsWith('reconcile_noop'))).toEqual([]);
    const refused = world.plane
      .auditEvents()
      .filter((event) => event.user === 'operator' && [401, 403, 422].includes(event.code));
    expect(refused).toEqual([]);
  });

  it('never logs a password', async () => {
    const secret = await user.get(resources.secrets, { namespace, name: 'pg-test-credentials' });
    const password = Buffer.from(secret.data?.['password'] ?? '', 'base64').toString();
    expect(password).toHaveLength(32);
    expect(logged.join('')).not.toContain(password);
  });
});
