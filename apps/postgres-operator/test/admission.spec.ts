import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PostgresCluster } from '@stateful/postgres-api';
import { type KubeClient } from '@stateful/reconcile-sdk';
import { postgresClusters } from '../src/index.ts';
import { canRunControlPlane, firstStartTimeoutMs } from '@stateful/local-cluster';
import { startPlane, type Plane } from './plane.ts';

const isPossible = await canRunControlPlane('The CustomResourceDefinition');
const good = { replicas: 3, version: '17.12.0', storage: { size: '10Gi' } };
const backupStore = { endpoint: 'https://s3.example.com', bucket: 'backups', credentialsSecret: 's3' };

(isPossible ? describe : describe.skip)('the API server', () => {
  let world: Plane;
  let user: KubeClient;
  beforeAll(async () => {
    world = await startPlane();
    user = world.user;
  }, firstStartTimeoutMs);
  afterAll(() => world?.stop());

  const create = (spec: object, name = 'pg') =>
    user.create(postgresClusters, { metadata: { name, namespace: 'default' }, spec } as PostgresCluster, {
      dryRun: true,
    });

  it.each<[string, object, string]>([
    ['no instance', { replicas: 0 }, 'spec.replicas in body should be greater than or equal to 1'],
    [
      'more instances than are supported',
      { replicas: 16 },
      'spec.replicas in body should be less than or equal to 15',
    ],
    ['a version of one number', { version: '16' }, 'spec.version'],
    [
      'an hour 25',
      { backupSchedule: '25:61', backupStore },
      'must be a time of day in UTC from 00:00 to 23:59',
    ],
    ['a schedule of one digit', { backupSchedule: '2:30', backupStore }, 'spec.backupSchedule'],
    [
      'a store over plain HTTP',
      { backupStore: { ...backupStore, endpoint: 'http://s3' } },
      'spec.backupStore.endpoint',
    ],
    ['a size without a unit', { storage: { size: '10' } }, 'spec.storage.size'],
    [
      'Required with two instances',
      { replicas: 2, synchronous: 'Required' },
      '`Required` needs at least 3 instances',
    ],
    ['no time to keep backups', { backupRetention: '0d' }, 'spec.backupRetention'],
    ['a restore without a store', { restoreFrom: { cluster: 'old' } }, 'restoring needs a `backupStore`'],
    [
      'a restore from two places',
      { backupStore, restoreFrom: { cluster: 'old', path: '/x' } },
      'exactly one of `cluster` and `path` must be set',
    ],
    [
      'a restore from itself',
      { backupStore, restoreFrom: { cluster: 'pg' } },
      'a cluster cannot be restored from itself',
    ],
  ])('refuses %s', async (_, change, message) => {
    await expect(create({ ...good, ...change })).rejects.toThrow(message);
  });

  it.each([
    ['a'.repeat(46), 'must not be longer than 45 characters'],
    ['my.pg', 'must be of lower-case letters'],
    ['1pg', 'must be of lower-case letters'],
  ])('refuses the name %s', async (name, message) => {
    await expect(create(good, name)).rejects.toThrow(message);
  });

  it.each<[string, object]>([
    ['the smallest cluster', { replicas: 1, version: '17.12.0' }],
    [
      'all that the docs show',
      { ...good, backupStore, backupSchedule: '23:59', backupRetention: '1m', synchronous: 'Never' },
    ],
    [
      'a restore',
      { ...good, backupStore, restoreFrom: { path: '/a/b', targetTime: '2030-01-01T00:00:00Z' } },
    ],
  ])('accepts %s', async (_, spec) => {
    await create(spec, 'a'.repeat(45));
  });

  it('fills in defaults', async () => {
    expect((await create({ replicas: 1, version: '17.12.0', backupStore })).spec).toMatchObject({
      storage: { size: '1Gi' },
      backupRetention: '7d',
      backupStore: { region: 'us-east-1', prefix: '' },
    });
  });

  it('lets a StorageClass neither change nor come nor go', async () => {
    const key = { namespace: 'default', name: 'pg-class' };
    await user.create(postgresClusters, { metadata: key, spec: good } as never);
    await expect(
      user.mergePatch(postgresClusters, key, { spec: { storage: { class: 'fast' } } }),
    ).rejects.toThrow('`class` cannot be changed');
  });

  it('scales by the standard sub-resource', async () => {
    const key = { namespace: 'default', name: 'pg-scale' };
    await user.create(postgresClusters, { metadata: key, spec: good } as never);
    await user.mergePatch(postgresClusters, key, { spec: { replicas: 5 } }, { subresource: 'scale' });
    expect((await user.get(postgresClusters, key)).spec.replicas).toBe(5);
  });
});
