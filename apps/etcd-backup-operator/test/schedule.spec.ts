import { describe, expect, it } from '@jest/globals';
import { etcdBackups, namespace, scheduleWorld, verifyRequestAnnotation } from './schedule-world.ts';

const minutes = 60_000;

describe('an EtcdBackupSchedule', () => {
  it('makes a backup for each slot, and tells of it', async () => {
    const { create, until, names, schedule, backups, bucket, condition } = await scheduleWorld();
    const { metadata } = await create();
    await until('2030-01-01T00:10:30Z');
    expect(await names()).toEqual(['nightly-20300101t000500', 'nightly-20300101t001000']);
    expect((await schedule()).status).toMatchObject({
      effectiveSchedule: {
        expression: '*/5 * * * *',
        timeZone: 'Etc/UTC',
        startTime: '2030-01-01T00:00:00Z',
      },
      lastScheduleTime: '2030-01-01T00:10:00Z',
      nextScheduleTime: '2030-01-01T00:15:00Z',
      missedRuns: 0,
      active: [],
      consecutiveFailures: 0,
      lastSuccessful: { name: 'nightly-20300101t001000', revision: 1000 },
      lastVerified: { name: 'nightly-20300101t001000' },
      inventory: { count: 2, verified: 2, orphans: 0, unreadable: 0 },
    });
    const [first] = await backups();
    expect(first?.metadata).toMatchObject({
      labels: { 'db.example.com/schedule': 'nightly' },
      annotations: { 'db.example.com/scheduled-at': '2030-01-01T00:05:00.000Z' },
      ownerReferences: [
        { kind: 'EtcdBackupSchedule', name: 'nightly', uid: metadata?.uid, controller: true },
      ],
    });
    expect(bucket.keys()).toHaveLength(4);
    expect(await condition('Ready')).toMatchObject({ status: 'True', reason: 'Scheduled' });
    expect(await condition('Healthy')).toMatchObject({ status: 'True' });
    expect(await condition('StoreReachable')).toMatchObject({ status: 'True' });
  });

  it.each([
    ['RunOnce', ['nightly-20300101t001500'], 2],
    ['Skip', [], 3],
  ])(
    'scenario 21: after 3 slots without an operator it makes up for them as %s says',
    async (missedRuns, wanted, missed) => {
      const { create, until, names, schedule, world } = await scheduleWorld({ start: false });
      await create({ missedRuns });
      await until('2030-01-01T00:17:00Z');
      world.start();
      await until('2030-01-01T00:19:00Z');
      expect(await names()).toEqual(wanted);
      expect((await schedule()).status).toMatchObject({
        lastScheduleTime: '2030-01-01T00:15:00Z',
        missedRuns: missed,
      });
    },
  );

  it('scenario 21: a run later than startingDeadlineSeconds is missed', async () => {
    const { create, until, names, schedule, world } = await scheduleWorld({ start: false });
    await create({ startingDeadlineSeconds: 60 });
    await until('2030-01-01T00:07:00Z');
    world.start();
    await until('2030-01-01T00:09:00Z');
    expect(await names()).toEqual([]);
    expect((await schedule()).status?.missedRuns).toBe(1);
  });

  it('scenario 21: to resume fires nothing at once', async () => {
    const { create, change, until, names, condition, schedule } = await scheduleWorld();
    await create({ suspend: true });
    await until('2030-01-01T00:17:00Z');
    expect(await condition('Ready')).toMatchObject({ status: 'True', reason: 'Suspended' });
    expect((await schedule()).status?.nextScheduleTime).toBeUndefined();
    await change({ suspend: false });
    await until('2030-01-01T00:19:59Z');
    expect(await names()).toEqual([]);
    await until('2030-01-01T00:20:01Z');
    expect(await names()).toEqual(['nightly-20300101t002000']);
    expect((await schedule()).status?.missedRuns).toBe(0);
  });

  it.each([
    ['2030-03-30T12:00:00Z', ['nightly-20300331t010000', 'nightly-20300401t003000']],
    ['2030-10-26T12:00:00Z', ['nightly-20301027t003000', 'nightly-20301028t013000']],
  ])('scenario 21: a slot in the hour that is lost or doubled runs once (from %s)', async (from, wanted) => {
    const { clock, create, names } = await scheduleWorld();
    clock.step(Date.parse(from) - clock.now());
    await create({ schedule: '30 2 * * *', timeZone: 'Europe/Berlin' });
    await clock.advance(44 * 60 * minutes);
    expect(await names()).toEqual(wanted);
  });

  describe('E-05: one slot never runs twice', () => {
    it('when the operator is down over 3 ticks', async () => {
      const { create, until, names, world } = await scheduleWorld();
      await create();
      await until('2030-01-01T00:05:10Z');
      world.processes()[0]?.kill();
      await until('2030-01-01T00:22:00Z');
      world.start();
      await until('2030-01-01T00:24:00Z');
      expect(await names()).toEqual(['nightly-20300101t000500', 'nightly-20300101t002000']);
    });

    it('when the clock goes 2 h forward and back, and it does not storm', async () => {
      const { create, until, names, clock, world } = await scheduleWorld();
      await create();
      await until('2030-01-01T00:05:10Z');
      clock.step(120 * minutes);
      await clock.advance(11 * minutes);
      clock.step(-120 * minutes);
      const before = await names();
      // One catch-up at most, and the slots of the time that the clock told.
      expect(before.length).toBeLessThanOrEqual(4);
      await clock.advance(100 * minutes);
      expect(await names()).toEqual(before);
      // Past the last slot that it decided on it goes on.
      await clock.advance(25 * minutes);
      expect((await names()).length).toBeGreaterThan(before.length);
      const made = world.changes.filter(
        ({ of, object, deleted }) =>
          of.startsWith('etcdbackups.') && object.metadata.generation === 1 && !deleted,
      );
      const uids = new Map(made.map(({ object }) => [object.metadata.uid, object.metadata.name]));
      expect(new Set(uids.values()).size).toBe(uids.size);
    });

    it('when the spec is edited at a tick', async () => {
      const { create, change, until, names } = await scheduleWorld();
      await create();
      await until('2030-01-01T00:05:00Z');
      await change({ schedule: '*/1 * * * *', jitterSeconds: 0 });
      await until('2030-01-01T00:05:30Z');
      await change({ schedule: '*/5 * * * *' });
      await until('2030-01-01T00:05:50Z');
      expect(await names()).toEqual(['nightly-20300101t000500']);
      // Slots that the new times would have had before are not made up for.
      await until('2030-01-01T00:40:10Z');
      const before = await names();
      await change({ schedule: '* * * * *' });
      await until('2030-01-01T00:40:50Z');
      expect(await names()).toEqual(before);
    });

    it('when a backup is deleted whose creation was answered', async () => {
      const { create, until, names, users, world } = await scheduleWorld();
      await create();
      await until('2030-01-01T00:05:02Z');
      await users.delete(etcdBackups, { namespace, name: 'nightly-20300101t000500' });
      world.processes()[0]?.kill();
      world.start();
      await until('2030-01-01T00:09:00Z');
      expect(await names()).toEqual([]);
    });
  });

  it('leaves a run out while another one is under way (Forbid), and counts it', async () => {
    const { create, until, names, schedule, making } = await scheduleWorld();
    making.takesMs = 7 * minutes;
    await create();
    await until('2030-01-01T00:16:00Z');
    expect(await names()).toEqual(['nightly-20300101t000500', 'nightly-20300101t001500']);
    expect((await schedule()).status).toMatchObject({ missedRuns: 1, active: ['nightly-20300101t001500'] });
  });

  it('makes a run after another one (Queue), whatever missedRuns says', async () => {
    const { create, until, names, condition, making } = await scheduleWorld();
    making.takesMs = 7 * minutes;
    await create({ concurrencyPolicy: 'Queue', missedRuns: 'Skip' });
    await until('2030-01-01T00:11:00Z');
    expect(await condition('Ready')).toMatchObject({ reason: 'Queued' });
    await until('2030-01-01T00:13:00Z');
    expect(await names()).toEqual(['nightly-20300101t000500', 'nightly-20300101t001000']);
  });

  it('puts each run off by its jitter, the same for all processes', async () => {
    const { create, until, backups, schedule, world } = await scheduleWorld();
    await create({ schedule: '0 * * * *', jitterSeconds: 1800 });
    await until('2030-01-01T00:59:00Z');
    const next = Date.parse((await schedule()).status?.nextScheduleTime ?? '');
    world.processes()[0]?.kill();
    world.start();
    await until('2030-01-01T01:40:00Z');
    const [made] = await backups();
    expect(made?.metadata?.name).toBe('nightly-20300101t010000');
    expect(Date.parse(made?.metadata?.creationTimestamp ?? '')).toBe(next);
    expect(next).toBeGreaterThan(Date.parse('2030-01-01T01:00:00Z'));
  });

  it('skips a run when nothing has changed, until the last backup is too old', async () => {
    const { create, until, names, schedule, making } = await scheduleWorld();
    await create({ skipIfUnchanged: { maxAgeSeconds: 1200 } });
    await until('2030-01-01T00:20:01Z');
    expect(await names()).toEqual(['nightly-20300101t000500']);
    expect((await schedule()).status).toMatchObject({
      missedRuns: 0,
      lastScheduleTime: '2030-01-01T00:20:00Z',
    });
    making.revision++;
    await until('2030-01-01T00:25:01Z');
    expect(await names()).toHaveLength(2);
    await until('2030-01-01T00:50:01Z');
    expect(await names()).toEqual([
      'nightly-20300101t000500',
      'nightly-20300101t002500',
      'nightly-20300101t005000',
    ]);
    // Asked once for each slot that might be left out.
    expect(making.asked).toBeLessThan(12);
  });

  it.each([
    [{ schedule: '99 * * * *' }, 'InvalidSchedule', 'spec.schedule: "99 * * * *"'],
    [{ timeZone: 'Europe/Atlantis' }, 'InvalidTimeZone', 'spec.timeZone: "Europe/Atlantis"'],
    [{ schedule: '0 0 30 2 *' }, 'InvalidSchedule', 'never comes'],
  ])('says which field is wrong of %j, and loses nothing', async (spec, reason, text) => {
    const { create, change, until, names, condition, schedule } = await scheduleWorld();
    await create();
    await until('2030-01-01T00:05:10Z');
    await change(spec);
    await until('2030-01-01T00:12:00Z');
    const told = await condition('Ready');
    expect(told).toMatchObject({ status: 'False', reason });
    expect(told?.message).toContain(text);
    expect((await schedule()).status).toMatchObject({
      lastScheduleTime: '2030-01-01T00:05:00Z',
      lastSuccessful: { name: 'nightly-20300101t000500' },
    });
    await change({ schedule: '*/5 * * * *', timeZone: 'Etc/UTC' });
    await until('2030-01-01T00:16:00Z');
    expect(await names()).toContain('nightly-20300101t001500');
    expect(await condition('Ready')).toMatchObject({ status: 'True' });
  });

  it('goes on when only the times of checks are wrong, and says so', async () => {
    const { create, until, names, condition } = await scheduleWorld();
    await create({ verify: { schedule: '0 25 * * *' } });
    await until('2030-01-01T00:05:10Z');
    expect(await names()).toHaveLength(1);
    expect(await condition('Ready')).toMatchObject({ status: 'False', reason: 'InvalidVerifySchedule' });
  });

  it('does not take a foreign EtcdBackup for its own', async () => {
    const { create, until, users, condition, names } = await scheduleWorld();
    await create();
    await users.create(etcdBackups, {
      metadata: { namespace, name: 'nightly-20300101t000500' },
      spec: { cluster: { endpoints: ['https://etcd:2379'] }, store: { s3: { bucket: 'backups' } } },
    } as never);
    await until('2030-01-01T00:06:00Z');
    const told = await condition('Ready');
    expect(told).toMatchObject({ status: 'False', reason: 'BackupNotCreated' });
    expect(told?.message).toContain('is not of this schedule');
    await until('2030-01-01T00:11:00Z');
    expect(await names()).toHaveLength(2);
    expect(await condition('Ready')).toMatchObject({ status: 'True' });
  });

  it('is not healthy when backups fail or none has come out well for long', async () => {
    const { create, until, condition, schedule, making } = await scheduleWorld();
    await create({ staleAfterSeconds: 900 });
    await until('2030-01-01T00:06:00Z');
    making.fails = () => true;
    await until('2030-01-01T00:16:00Z');
    expect(await condition('Healthy')).toMatchObject({ status: 'False', reason: 'BackupFailed' });
    expect((await schedule()).status?.consecutiveFailures).toBe(2);
    await until('2030-01-01T00:20:06Z');
    expect(await condition('Healthy')).toMatchObject({ status: 'False', reason: 'Stale' });
    making.fails = () => false;
    await until('2030-01-01T00:26:00Z');
    expect(await condition('Healthy')).toMatchObject({ status: 'True' });
    expect((await schedule()).status?.consecutiveFailures).toBe(0);
  });

  it('knows how far the cluster had come, and how fast', async () => {
    const { create, until, schedule, making } = await scheduleWorld();
    await create();
    await until('2030-01-01T00:06:00Z');
    making.revision = 31_000;
    await until('2030-01-01T00:11:00Z');
    expect((await schedule()).status?.revisionHighWater).toMatchObject({
      revision: 31_000,
      writesPerSecond: 100,
    });
    // A cluster that was put back does not lower it.
    making.revision = 50;
    await until('2030-01-01T00:16:00Z');
    expect((await schedule()).status?.revisionHighWater).toMatchObject({ revision: 31_000 });
  });

  describe('checks on a schedule of their own', () => {
    const requests = async (world: Awaited<ReturnType<typeof scheduleWorld>>) =>
      (await world.backups()).flatMap(({ metadata }) => {
        const asked = metadata?.annotations?.[verifyRequestAnnotation];
        return asked === undefined ? [] : [`${metadata?.name} ${asked}`];
      });

    it.each([
      ['Latest', 'nightly-20300101t003500'],
      ['Oldest', 'nightly-20300101t000500'],
    ])('asks for the %s', async (pick, name) => {
      const world = await scheduleWorld();
      await world.create({ verify: { schedule: '37 * * * *', level: 'Stored', pick } });
      await world.until('2030-01-01T00:37:30Z');
      expect(await requests(world)).toEqual([`${name} 20300101t003700=Stored`]);
      expect((await world.schedule()).status).toMatchObject({
        lastVerificationTime: '2030-01-01T00:37:00Z',
        nextVerificationTime: '2030-01-01T01:37:00Z',
      });
    });

    it('picks one by chance, the same after a crash', async () => {
      const picks = new Set<string>();
      for (const crash of [false, true]) {
        const world = await scheduleWorld();
        await world.create({ verify: { schedule: '37 * * * *', pick: 'Random' } });
        await world.until('2030-01-01T00:36:59Z');
        if (crash) world.world.processes()[0]?.kill();
        if (crash) world.world.start();
        await world.until('2030-01-01T00:38:30Z');
        const asked = await requests(world);
        expect(asked).toHaveLength(1);
        picks.add(asked[0]!);
      }
      expect(picks.size).toBe(1);
    });

    it('waits for the first backup', async () => {
      const world = await scheduleWorld();
      await world.create({ schedule: '0 5 * * *', verify: { schedule: '*/10 * * * *', level: 'HashKV' } });
      await world.until('2030-01-01T05:09:00Z');
      expect(await requests(world)).toEqual([]);
      await world.until('2030-01-01T05:11:00Z');
      expect(await requests(world)).toEqual(['nightly-20300101t050000 20300101t051000=HashKV']);
    });
  });
});
