import { backupKeys, backupsFolder } from '@stateful/etcd-backup-api';
import { ObjectStoreError } from '@stateful/object-store';
import { describe, expect, it } from '@jest/globals';
import {
  etcdBackups,
  etcdBackupSchedules,
  etcdRestores,
  manifestFor,
  namespace,
  prefix,
  scheduleWorld,
  type ScheduleWorld,
} from './schedule-world.ts';

const backupName = (minute: string): string => `nightly-20300101t00${minute}00`;
const retention = (rules: object) => ({ retention: rules });
const uidsIn = ({ bucket }: Pick<ScheduleWorld, 'bucket'>, file: string): string[] =>
  bucket.keys().flatMap((key) => (key.endsWith(file) ? [key.split('/').at(-2)!] : []));
const manifests = (world: Pick<ScheduleWorld, 'bucket'>): string[] => uidsIn(world, '/manifest.json');
const objects = (world: Pick<ScheduleWorld, 'bucket'>): string[] => uidsIn(world, '/snapshot.db');
const schedulePlan = async (world: ScheduleWorld) => (await world.schedule()).status?.retentionPlan;

describe('retention of an EtcdBackupSchedule', () => {
  it('deletes what no rule keeps, with its data, and shows why the rest stays', async () => {
    const world = await scheduleWorld();
    await world.create(retention({ keepLast: 3 }));
    await world.until('2030-01-01T00:32:00Z');
    expect(await world.names()).toEqual(['20', '25', '30'].map(backupName));
    expect(manifests(world)).toHaveLength(3);
    expect(objects(world)).toEqual(manifests(world));
    expect((await world.schedule()).status).toMatchObject({
      inventory: { count: 3, verified: 3 },
      retentionPlan: {
        keep: [
          { name: backupName('30'), reasons: ['keepLast', 'newest', 'verified'] },
          { name: backupName('25'), reasons: ['keepLast'] },
          { name: backupName('20'), reasons: ['keepLast'] },
        ],
        delete: [],
        blocked: [],
      },
    });
    // Manifest first: from then on nobody can choose it.
    const { deleted } = world.bucket;
    expect(deleted.map((key) => key.split('/').at(-1))).toEqual([
      'manifest.json',
      'snapshot.db',
      'manifest.json',
      'snapshot.db',
      'manifest.json',
      'snapshot.db',
    ]);
  });

  it('shows the plan and does nothing (DryRun)', async () => {
    const world = await scheduleWorld();
    await world.create(retention({ keepLast: 1, mode: 'DryRun' }));
    await world.until('2030-01-01T00:16:00Z');
    expect(await schedulePlan(world)).toMatchObject({ delete: [backupName('05'), backupName('10')] });
    expect(world.bucket.deleted).toEqual([]);
    expect(await world.names()).toHaveLength(3);
    await world.change(retention({ keepLast: 1, mode: 'Apply' }));
    await world.until('2030-01-01T00:17:00Z');
    expect(await world.names()).toEqual([backupName('15')]);
  });

  it('deletes no more than maxDeletesPerRun after one backup', async () => {
    const world = await scheduleWorld();
    await world.create();
    await world.until('2030-01-01T00:32:00Z');
    await world.change(retention({ keepLast: 1, maxDeletesPerRun: 2 }));
    await world.until('2030-01-01T00:34:59Z');
    expect(manifests(world)).toHaveLength(4);
    await world.until('2030-01-01T00:36:00Z');
    expect(manifests(world)).toHaveLength(3);
    await world.until('2030-01-01T00:46:00Z');
    expect(await world.names()).toEqual([backupName('45')]);
  });

  describe('E-06: never fewer verified ones than the floor, and the exact number in the end', () => {
    /** Six made, the last one unverified: three verified ones must stay, and the newest. */
    const wanted = ['15', '20', '25', '30'].map(backupName);
    const rules = retention({ keepLast: 1, keepVerifiedMin: 3 });
    async function six(): Promise<ScheduleWorld> {
      const world = await scheduleWorld();
      world.making.isVerified = (name) => name !== backupName('30');
      await world.create();
      await world.until('2030-01-01T00:31:00Z');
      expect(manifests(world)).toHaveLength(6);
      return world;
    }
    async function expectExact(world: ScheduleWorld): Promise<void> {
      expect(await world.names()).toEqual(wanted);
      const left = (await world.backups()).map(({ metadata }) => metadata?.uid).sort();
      expect(manifests(world).sort()).toEqual(left);
      expect(objects(world).sort()).toEqual(left);
    }

    it('without a fault', async () => {
      const world = await six();
      await world.change(rules);
      await world.until('2030-01-01T00:33:00Z');
      await expectExact(world);
    });

    it('after a crash at each write, in the bucket and in the API, before and after it', async () => {
      // Between the answer of one write and the next one nothing is stored: to die after each is to die before the next.
      for (let point = 0; ; point++) {
        const world = await six();
        const first = world.world.points();
        let died = false;
        world.world.onPoint(({ number }) => {
          if (number !== first + 1 + Math.max(0, point - 1)) return undefined;
          died = true;
          return { kind: point === 0 ? 'crash-before' : 'crash-after' };
        });
        await world.change(rules);
        await world.until('2030-01-01T00:32:00Z');
        if (died) world.world.start();
        await world.until('2030-01-01T00:33:30Z');
        await expectExact(world);
        // Of each of two: the patch, the delete, the records of both operations, the data.
        if (!died) return expect(point).toBeGreaterThan(15);
      }
    }, 240_000);

    it('when the list is old: what it shows and is not there does not count, what it hides stays', async () => {
      const world = await six();
      const all = world.bucket.keys();
      // Somebody deletes a verified one by hand; a list that is old still shows it.
      const victim = (await world.backups()).find(({ metadata }) => metadata?.name === backupName('25'))!;
      const { object, manifest } = backupKeys(prefix, victim.metadata?.uid ?? '');
      for (const key of [object, manifest]) {
        const store = world.bucket.open();
        await store.delete(key);
      }
      world.bucket.listed = all;
      await world.change(rules);
      await world.until('2030-01-01T00:33:00Z');
      world.bucket.listed = undefined;
      const verified = (await world.backups()).filter(
        ({ status, metadata }) =>
          status?.conditions?.some(({ type, status: is }) => type === 'Verified' && is === 'True') &&
          manifests(world).includes(metadata?.uid ?? ''),
      );
      expect(verified.length).toBeGreaterThanOrEqual(3);
    });

    it('and without the floor it would go lower (negative control)', async () => {
      const world = await six();
      await world.change(retention({ keepLast: 1, keepVerifiedMin: 1 }));
      await world.until('2030-01-01T00:33:00Z');
      expect(await world.names()).toEqual(['25', '30'].map(backupName));
    });
  });

  it('scenario 19: what is locked stays, says until when, and goes within one pass after it', async () => {
    const world = await scheduleWorld();
    world.making.lockedUntil = Date.parse('2030-01-01T03:00:00Z');
    await world.create({ schedule: '0 * * * *', ...retention({ keepLast: 1 }) });
    await world.until('2030-01-01T02:30:00Z');
    expect(manifests(world)).toHaveLength(2);
    const told = await world.condition('RetentionBlocked');
    expect(told).toMatchObject({ status: 'True', reason: 'ObjectLocked' });
    expect(told?.message).toContain('until 2030-01-01T03:00:00.000Z');
    expect(await schedulePlan(world)).toMatchObject({
      delete: [],
      blocked: [
        { name: 'nightly-20300101t010000', reason: 'ObjectLocked', until: '2030-01-01T03:00:00.000Z' },
      ],
    });
    // Nothing is tried meanwhile.
    expect(world.bucket.requests['delete']).toBeUndefined();
    const before = world.world.points();
    await world.until('2030-01-01T02:59:59Z');
    expect(world.world.points()).toBe(before);
    world.making.lockedUntil = undefined;
    await world.until('2030-01-01T03:00:02Z');
    expect(manifests(world)).toHaveLength(1);
    expect(await world.condition('RetentionBlocked')).toMatchObject({ status: 'False' });
  });

  it('leaves what is held, and what a restore uses', async () => {
    const world = await scheduleWorld();
    await world.create(retention({ keepLast: 1 }));
    await world.until('2030-01-01T00:05:30Z');
    await world.users.mergePatch(
      etcdBackups,
      { namespace, name: backupName('05') },
      {
        spec: { hold: true },
      },
    );
    await world.users.create(etcdRestores, {
      metadata: { namespace, name: 'back' },
      spec: { mode: 'Drill', source: { backupRef: { name: backupName('10') } } },
    } as never);
    await world.until('2030-01-01T00:21:00Z');
    expect(await world.names()).toEqual(['05', '10', '20'].map(backupName));
    expect(await schedulePlan(world)).toMatchObject({
      blocked: [
        { name: backupName('05'), reason: 'Held' },
        { name: backupName('10'), reason: 'Held' },
      ],
    });
    expect(await world.condition('RetentionBlocked')).toMatchObject({ status: 'False' });
  });

  it('keeps EtcdBackups within the limits, and their data; retention counts that too', async () => {
    const world = await scheduleWorld();
    await world.create({ successfulHistoryLimit: 2, ...retention({ keepLast: 4 }) });
    await world.until('2030-01-01T00:37:00Z');
    expect(await world.names()).toEqual(['30', '35'].map(backupName));
    expect(manifests(world)).toHaveLength(4);
    expect(objects(world)).toHaveLength(4);
    expect((await world.schedule()).status?.inventory).toMatchObject({ count: 4, verified: 4 });
  });

  it('keeps an EtcdBackup that alone knows that its data was found bad', async () => {
    const world = await scheduleWorld();
    await world.create({ successfulHistoryLimit: 1 });
    await world.until('2030-01-01T00:05:30Z');
    const key = { namespace, name: backupName('05') };
    // Its operator would say what it found itself.
    await world.users.mergePatch(etcdBackups, key, {
      metadata: { annotations: { 'db.example.com/paused': 'true' } },
    });
    await world.clock.advance(1_000);
    const live = await world.users.get(etcdBackups, key);
    await world.users.mergePatch(
      etcdBackups,
      key,
      {
        status: {
          verification: {
            level: 'Stored',
            result: 'Failed',
            at: '2030-01-01T00:05:20Z',
            reason: 'other bytes',
          },
          conditions: live.status?.conditions?.map((one) =>
            one.type === 'Verified' ? { ...one, status: 'False', reason: 'StoredObjectDiffers' } : one,
          ),
        },
      } as object,
      { subresource: 'status' },
    );
    await world.clock.advance(1_000);
    expect(await world.condition('Healthy')).toMatchObject({ status: 'False', reason: 'VerificationFailed' });
    await world.until('2030-01-01T00:16:00Z');
    expect(await world.names()).toEqual(['05', '15'].map(backupName));
  });

  it('keeps as many failed EtcdBackups as it should, also while the store is away', async () => {
    const world = await scheduleWorld();
    world.making.fails = () => true;
    await world.create({ failedHistoryLimit: 2 });
    world.bucket.breaks = new ObjectStoreError('Unavailable', 's3:ListBucket on bucket backups: 503');
    await world.until('2030-01-01T00:04:00Z');
    const told = await world.condition('StoreReachable');
    expect(told).toMatchObject({ status: 'False', reason: 'StoreFailed' });
    expect(told?.message).toContain('nothing is deleted meanwhile');
    world.bucket.breaks = undefined;
    await world.until('2030-01-01T00:06:00Z');
    expect(await world.condition('StoreReachable')).toMatchObject({ status: 'True' });
    await world.until('2030-01-01T00:31:00Z');
    expect(await world.names()).toEqual(['25', '30'].map(backupName));
  });

  it('goes on with backups while deletes are refused, and says what is refused', async () => {
    const world = await scheduleWorld();
    await world.create({ successfulHistoryLimit: 1 });
    await world.until('2030-01-01T00:16:00Z');
    const store = world.bucket.open;
    world.bucket.open = (...args) => {
      const inner = store(...args);
      return {
        ...inner,
        delete: () =>
          Promise.reject(new ObjectStoreError('Unavailable', 's3:DeleteObject on bucket backups: 503')),
      };
    };
    await world.change(retention({ keepLast: 1 }));
    await world.until('2030-01-01T00:19:00Z');
    expect(await world.condition('RetentionBlocked')).toMatchObject({
      status: 'True',
      reason: 'DeleteFailed',
    });
    await world.until('2030-01-01T00:27:00Z');
    expect(manifests(world)).toHaveLength(5);
    world.bucket.open = store;
    await world.until('2030-01-01T00:41:00Z');
    expect(manifests(world)).toHaveLength(1);
    expect(await world.condition('RetentionBlocked')).toMatchObject({ status: 'False' });
  });

  describe('backups of others below the same prefix', () => {
    const time = Date.parse('2029-06-01T00:00:00Z');
    function seed({ bucket }: ScheduleWorld): Record<string, string[]> {
      const folder = backupsFolder(prefix);
      const put = (uid: string, manifest: Buffer | string): string[] => {
        bucket.put(`${folder}${uid}/snapshot.db`, 'x');
        bucket.put(`${folder}${uid}/manifest.json`, manifest);
        return [`${folder}${uid}/manifest.json`, `${folder}${uid}/snapshot.db`];
      };
      const uid = (digit: string): string => `00000000-0000-4000-8000-00000000000${digit}`;
      return {
        earlier: put(
          uid('1'),
          manifestFor(uid('1'), { name: 'a', time, schedule: { name: 'nightly', uid: uid('a') } }),
        ),
        other: put(
          uid('2'),
          manifestFor(uid('2'), { name: 'b', time, schedule: { name: 'hourly', uid: uid('b') } }),
        ),
        byHand: put(uid('3'), manifestFor(uid('3'), { name: 'c', time })),
        // In a folder that is not its own.
        moved: put(
          uid('4'),
          manifestFor(uid('5'), { name: 'd', time, schedule: { name: 'nightly', uid: uid('a') } }),
        ),
        tooNew: put(uid('6'), JSON.stringify({ schemaVersion: 99 })),
        sibling: (bucket.put('etcd2/v1/x/manifest.json', 'x'), ['etcd2/v1/x/manifest.json']),
      };
    }

    it('stay, and those of an earlier schedule of this name are counted (Report)', async () => {
      const world = await scheduleWorld();
      const seeded = Object.values(seed(world)).flat();
      await world.create(retention({ keepLast: 1 }));
      await world.until('2030-01-01T00:16:00Z');
      expect(world.bucket.keys()).toEqual(expect.arrayContaining(seeded));
      expect(manifests(world)).toHaveLength(1 + 6);
      expect((await world.schedule()).status?.inventory).toMatchObject({
        count: 1,
        orphans: 1,
        unreadable: 2,
      });
    });

    it('are taken over only when they are of an earlier schedule of this name (Adopt)', async () => {
      const world = await scheduleWorld();
      const { earlier = [], ...rest } = seed(world);
      await world.create({ orphans: 'Adopt', ...retention({ keepLast: 1 }) });
      await world.until('2030-01-01T00:16:00Z');
      expect(world.bucket.keys()).toEqual(expect.arrayContaining(Object.values(rest).flat()));
      for (const key of earlier) expect(world.bucket.keys()).not.toContain(key);
      expect((await world.schedule()).status?.inventory).toMatchObject({ count: 1, orphans: 0 });
    });
  });

  it('leaves the data of a schedule that is deleted, and its own when it is made again', async () => {
    const world = await scheduleWorld();
    await world.create(retention({ keepLast: 5 }));
    await world.until('2030-01-01T00:16:00Z');
    await world.users.delete(etcdBackupSchedules, { namespace, name: 'nightly' });
    await world.until('2030-01-01T00:18:00Z');
    expect(await world.names()).toEqual([]);
    expect(manifests(world)).toHaveLength(3);
    await world.create({ ...retention({ keepLast: 1 }), orphans: 'Report' });
    await world.until('2030-01-01T00:21:00Z');
    expect((await world.schedule()).status?.inventory).toMatchObject({ count: 1, orphans: 3 });
    expect(manifests(world)).toHaveLength(4);
  });
});

describe('deletion of an EtcdBackup', () => {
  async function one(deletionPolicy: string, rest: object = {}): Promise<ScheduleWorld> {
    const world = await scheduleWorld();
    await world.users.create(etcdBackups, {
      metadata: { namespace, name: 'once' },
      spec: {
        cluster: { endpoints: ['https://etcd:2379'] },
        store: { s3: { bucket: 'backups', prefix } },
        deletionPolicy,
        ...rest,
      },
    } as never);
    await world.clock.advance(10_000);
    expect(manifests(world)).toHaveLength(1);
    return world;
  }
  const key = { namespace, name: 'once' };
  const remove = (world: ScheduleWorld) => world.users.delete(etcdBackups, key);
  const blocked = async (world: ScheduleWorld) =>
    (await world.users.get(etcdBackups, key)).status?.conditions?.find(
      ({ type }) => type === 'RetentionBlocked',
    );

  it('leaves the data (Retain), and nothing holds it', async () => {
    const world = await one('Retain');
    world.bucket.breaks = new ObjectStoreError('Unavailable', 'the store is away');
    await remove(world);
    expect(await world.names()).toEqual([]);
    expect(world.bucket.keys()).toHaveLength(2);
  });

  it('takes the data along (Delete)', async () => {
    const world = await one('Delete');
    await remove(world);
    await world.clock.advance(10_000);
    expect(await world.names()).toEqual([]);
    expect(world.bucket.keys()).toEqual([]);
  });

  it.each([
    ['is held', 'Held', { hold: true }],
    ['is locked', 'ObjectLocked', {}],
    ['is in use', 'InUse', {}],
    ['has a store that is away', 'StoreFailed', {}],
  ])('waits while it %s, says what to do, and goes on by itself', async (_what, reason, rest) => {
    const world = await one('Delete', rest);
    const object = world.bucket.keys().find((name) => name.endsWith('.db'))!;
    if (reason === 'ObjectLocked') world.bucket.lock(object, world.clock.now() + 7_200_000);
    if (reason === 'StoreFailed')
      world.bucket.breaks = new ObjectStoreError('Unavailable', 'the store is away');
    if (reason === 'InUse') {
      await world.users.create(etcdRestores, {
        metadata: { namespace, name: 'back' },
        spec: { mode: 'Drill', source: { backupRef: { name: 'once' } } },
      } as never);
      await world.clock.advance(1_000);
    }
    await remove(world);
    await world.clock.advance(3_600_000);
    expect(await blocked(world)).toMatchObject({ status: 'True', reason });
    expect(world.bucket.deleted).toEqual([]);
    if (reason === 'ObjectLocked')
      expect((await blocked(world))?.message).toContain('locked until 2030-01-01T02:00:10');
    // It has taken too long: that stands in the conditions for people, too.
    const problems = (await world.users.get(etcdBackups, key)).status?.conditions ?? [];
    expect(problems.some(({ reason: why }) => why === 'FinalizerHeld')).toBe(true);
    if (reason === 'Held') await world.users.mergePatch(etcdBackups, key, { spec: { hold: false } });
    if (reason === 'StoreFailed') world.bucket.breaks = undefined;
    if (reason === 'InUse') await world.users.delete(etcdRestores, { namespace, name: 'back' });
    await world.clock.advance(3_700_000);
    expect(await world.names()).toEqual([]);
    expect(world.bucket.keys()).toEqual([]);
  });

  it('is let go without the data when the policy is changed meanwhile', async () => {
    const world = await one('Delete');
    world.bucket.breaks = new ObjectStoreError('AccessDenied', 's3:DeleteObject is not allowed');
    await remove(world);
    await world.clock.advance(60_000);
    expect(await world.names()).toEqual(['once']);
    await world.users.mergePatch(etcdBackups, key, { spec: { deletionPolicy: 'Retain' } } as object);
    await world.clock.advance(60_000);
    expect(await world.names()).toEqual([]);
    expect(world.bucket.keys()).toHaveLength(2);
  });

  it.each(['Retain', 'Delete'])('never takes the data along by its time to live (%s)', async (policy) => {
    const world = await one(policy, { ttlSecondsAfterFinished: 300 });
    await world.clock.advance(290_000);
    expect(await world.names()).toEqual(['once']);
    await world.clock.advance(20_000);
    expect(await world.names()).toEqual([]);
    expect(world.bucket.keys()).toHaveLength(2);
  });

  it('leaves an object alone that is not its own', async () => {
    const world = await one('Delete');
    const object = world.bucket.keys().find((name) => name.endsWith('.db'))!;
    world.bucket.put(object, 'precious');
    await remove(world);
    await world.clock.advance(60_000);
    expect(await world.names()).toEqual([]);
    expect(world.bucket.keys()).toContain(object);
  });
});
