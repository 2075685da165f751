import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type BackupStore } from '@stateful/backup-store-api';
import { backupStores } from '../src/index.ts';
import { condition, isOver, namespace, startBackupWorld, type BackupWorld } from './backup-world.ts';
import { type RunningOperator } from './backup-world.ts';

describe('a BackupStore', () => {
  let world: BackupWorld;
  let operator: RunningOperator | undefined;
  beforeAll(async () => {
    world = await startBackupWorld();
  }, 1_200_000);
  afterEach(async () => {
    world.proxy.rule = undefined;
    await operator?.stop();
    operator = undefined;
  });
  afterAll(() => world?.stop());

  const make = (name: string, s3: object = {}): Promise<BackupStore> =>
    world.user.create(backupStores, {
      metadata: { namespace, name },
      spec: {
        s3: {
          bucket: 'backups',
          prefix: name,
          endpoint: world.proxy.endpoint,
          credentials: { secretRef: { name: 's3' } },
          ...s3,
        },
      },
    } as unknown as BackupStore);
  const availableOf = (store: BackupStore) =>
    store.status?.conditions?.find(({ type }) => type === 'Available');
  async function until(name: string, is: (store: BackupStore) => boolean): Promise<BackupStore> {
    const end = performance.now() + 30_000;
    for (;;) {
      const store = await world.user.get(backupStores, { namespace, name });
      if (is(store)) return store;
      if (performance.now() > end) throw new Error(`it did not come so far: ${JSON.stringify(store.status)}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  const isKnown = (store: BackupStore): boolean => availableOf(store) !== undefined;

  it('is available, and says what it can do', async () => {
    operator = world.start();
    await make('good');
    const store = await until('good', isKnown);
    expect(availableOf(store)).toMatchObject({ status: 'True', reason: 'Probed' });
    expect(store.status?.capabilities).toEqual({
      conditionalPut: 'Supported',
      conditionalComplete: 'Supported',
      fullObjectChecksum: 'Supported',
      listMultipartUploads: 'Supported',
      versioning: 'Unsupported',
      objectLock: 'Unsupported',
    });
    expect(store.status?.lastProbeTime).toBeDefined();
  });

  it.each([
    [
      'a right that is missing',
      'AccessDenied',
      'grant s3:PutObject on arn:aws:s3:::backups/*',
      {},
      { operation: 'PutObject', status: 403, code: 'AccessDenied' },
    ],
    ['a bucket that is not there', 'BucketNotFound', 'create it', { bucket: 'no-such-bucket' }, undefined],
    [
      'a Secret that is not there',
      'SecretIncomplete',
      'nowhere',
      { credentials: { secretRef: { name: 'nowhere' } } },
      undefined,
    ],
    [
      'a lock that the bucket does not have',
      'ObjectLockDisabled',
      'enable it',
      { objectLock: { mode: 'Governance', days: 1 } },
      undefined,
    ],
  ] as const)('with %s is not, and says what to do', async (what, reason, text, s3, fault) => {
    operator = world.start();
    if (fault) {
      const { operation, status, code } = fault;
      world.proxy.rule = (seen) =>
        seen.operation === operation ? { do: 'refuse', status, code } : undefined;
    }
    const name = what.replaceAll(' ', '-').toLowerCase();
    await make(name, s3);
    const store = await until(name, isKnown);
    expect(availableOf(store)).toMatchObject({ status: 'False', reason });
    expect(availableOf(store)?.message).toContain(text);
    expect(JSON.stringify(store)).not.toContain(world.s3.secretKey);
  });

  it('that comes late wakes the backups that wait for it', async () => {
    operator = world.start();
    await world.create('early', {
      store: undefined,
      storeRef: { name: 'late' },
      verify: { level: 'Stored' },
    });
    const waiting = await world.until('early', (backup) => condition(backup)?.reason === 'Blocked');
    expect(condition(waiting)?.message).toContain('BackupStore late does not exist');
    await make('late');
    // Well before the time at which it would look again by itself.
    const backup = await world.until('early', isOver, 15_000);
    expect(condition(backup)).toMatchObject({ status: 'True' });
  }, 60_000);

  it('that cannot do what is required is refused before anything of a backup is written', async () => {
    operator = world.start();
    world.proxy.rule = ({ operation }) =>
      operation === 'CompleteMultipartUpload' || operation === 'PutObject'
        ? { do: 'ignore-condition' }
        : undefined;
    await make('strict', { conditionalWrites: 'Required' });
    const store = await until('strict', isKnown);
    expect(availableOf(store)).toMatchObject({ status: 'False', reason: 'ConditionalWritesUnsupported' });
    await world.create('refused', { store: undefined, storeRef: { name: 'strict' } });
    const refused = await world.until('refused', (backup) => condition(backup)?.reason === 'Blocked');
    expect(condition(refused)?.message).toContain('conditionalWrites: Required');
    const keys: string[] = [];
    for await (const { key } of world.store.list('strict/')) keys.push(key);
    expect(keys).toEqual(['strict/.probe']);
  }, 60_000);
});
