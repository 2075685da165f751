import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type EtcdBackup } from '@stateful/etcd-backup-api';
import { etcdBackups } from '../src/index.ts';
import {
  condition,
  isOver,
  startEbsWorld,
  type EbsOperator,
  type EbsPlane,
  type EbsWorld,
} from './ebs-world.ts';

/** Time goes so many times as fast. */
const factor = 4;
/** A snapshot shows after half of the window in which it is waited for, as 60 s are of the 120 s of the default. */
const settleWindowSeconds = 20;
const visibleAfterMs = settleWindowSeconds * 500;
const volumesOf = ({ spec }: EtcdBackup): readonly string[] => spec?.ebs?.volumeIDs ?? [];

describe('snapshots of volumes by EC2', () => {
  let world: EbsWorld;
  let plane: EbsPlane;
  let operator: EbsOperator | undefined;
  beforeAll(async () => {
    world = await startEbsWorld(factor);
    plane = await world.openPlane();
  }, 600_000);
  afterEach(async () => {
    Object.assign(world.proxy, {
      rule: undefined,
      visibleAfterMs: 0,
      completedAfterMs: 0,
      pageSize: 1_000,
    });
    await operator?.stop();
    operator = undefined;
  });
  afterAll(() => world?.stop());

  it('are made with their tags in one request, and told when they are complete', async () => {
    Object.assign(world.proxy, { completedAfterMs: 8_000, pageSize: 1 });
    operator = plane.start();
    const volumeIDs = [await world.ec2.createVolume(), await world.ec2.createVolume()];
    await plane.create('calm', { volumeIDs, tags: { team: 'platform', operator: 'not me' } });
    const waiting = await plane.until('calm', ({ status }) => (status?.ebs?.length ?? 0) === 2);
    expect(condition(waiting)).toMatchObject({ status: 'Unknown', reason: 'InProgress' });
    const backup = await plane.until('calm', isOver);
    expect(condition(backup)).toMatchObject({ status: 'True', reason: 'Completed' });
    expect(condition(backup, 'Stored')).toMatchObject({ status: 'True', reason: 'SnapshotsCompleted' });
    expect(condition(backup, 'Verified')).toMatchObject({ status: 'False', reason: 'NotReadable' });
    expect(backup.status?.ebs).toMatchObject(
      volumeIDs.map((volumeID) => ({ volumeID, state: 'Completed', progress: '100%' })),
    );
    expect(backup.status?.etcd).toMatchObject({ clusterID: 'c1', serverVersion: '3.6.5' });
    expect(backup.status?.lastBackupRequest).toMatchObject({
      method: 'EbsVolume',
      state: 'Settled',
      volumeIDs,
      tag: `etcd-backup-uid=${backup.metadata?.uid}`,
    });
    const told = backup.status?.ebs?.map(({ snapshotID }) => snapshotID);
    expect(new Set(await world.snapshots(backup))).toEqual(new Set(told));
    const made = world.proxy.seen.find(
      ({ action, isDryRun, parameters }) =>
        action === 'CreateSnapshot' && !isDryRun && parameters['VolumeId'] === volumeIDs[0],
    );
    const parameter = (at: number, name: string): string =>
      made?.parameters[`TagSpecification.1.Tag.${at}.${name}`] ?? '';
    const tags = Object.fromEntries(
      [1, 2, 3, 4, 5].map((at): [string, string] => [parameter(at, 'Key'), parameter(at, 'Value')]),
    );
    expect(tags).toEqual({
      operator: 'etcd-backup-operator',
      team: 'platform',
      'etcd-backup-uid': backup.metadata?.uid,
      'etcd-backup': 'default/calm',
      'etcd-backup-volume': volumeIDs[0],
    });
  }, 60_000);

  it('adopts the one of a request whose answer was lost, and makes no other (E-01)', async () => {
    Object.assign(world.proxy, { visibleAfterMs, completedAfterMs: visibleAfterMs });
    world.proxy.rule = ({ action, isDryRun }) =>
      action === 'CreateSnapshot' && !isDryRun ? { do: 'lose-answer' } : undefined;
    operator = plane.start();
    await plane.create('lost', { settleWindowSeconds });
    const backup = await plane.until('lost', isOver);
    expect(condition(backup)).toMatchObject({ status: 'True' });
    expect(volumesOf(backup).map(world.calls)).toEqual([1]);
    expect(await world.snapshots(backup)).toHaveLength(1);
  }, 60_000);

  it('keeps the earliest and deletes the other when one shows after the window', async () => {
    world.proxy.visibleAfterMs = Infinity;
    let calls = 0;
    world.proxy.rule = ({ action, isDryRun }) =>
      action === 'CreateSnapshot' && !isDryRun && ++calls === 1
        ? { do: 'lose-answer', status: 500 }
        : undefined;
    operator = plane.start();
    await plane.create('twice', { settleWindowSeconds });
    const asked = await plane.until('twice', () => calls === 2, 60_000);
    world.proxy.visibleAfterMs = 0;
    const [earliest] = await world.snapshots(asked);
    const backup = await plane.until('twice', isOver, 60_000);
    expect(condition(backup)).toMatchObject({ status: 'True' });
    expect(condition(backup, 'Stored')?.message).toContain(
      'deleted, as they were made twice or came to nothing: snap-',
    );
    expect(volumesOf(backup).map(world.calls)).toEqual([2]);
    expect(await world.snapshots(backup)).toEqual([earliest]);
    expect(backup.status?.ebs).toMatchObject([{ snapshotID: earliest, state: 'Completed' }]);
  }, 90_000);

  it('names the right that is missing before anything is asked for', async () => {
    world.proxy.rule = ({ isDryRun }) =>
      isDryRun ? { do: 'refuse', status: 403, code: 'UnauthorizedOperation' } : undefined;
    operator = plane.start();
    await plane.create('denied', {}, { retry: { maxAttempts: 1 } });
    const backup = await plane.until('denied', isOver);
    expect(condition(backup)).toMatchObject({ status: 'False', reason: 'NotAllowed' });
    expect(condition(backup)?.message).toContain(
      'grant ec2:CreateSnapshot and ec2:CreateTags on arn:aws:ec2:',
    );
    expect(volumesOf(backup).map(world.calls)).toEqual([0]);
  }, 60_000);

  it.each([
    ['SnapshotCreationPerVolumeRateExceeded', 'VolumeBusy'],
    ['SnapshotLimitExceeded', 'SnapshotLimit'],
    ['RequestLimitExceeded', 'Throttled'],
  ] as const)(
    'is asked for again after %s, at once: nothing is on its way',
    async (code, reason) => {
      let calls = 0;
      world.proxy.rule = ({ action, isDryRun }) =>
        action === 'CreateSnapshot' && !isDryRun && ++calls === 1
          ? { do: 'refuse', status: 400, code }
          : undefined;
      operator = plane.start();
      const name = reason.toLowerCase();
      await plane.create(name, { settleWindowSeconds: 3600 });
      const backup = await plane.until(name, isOver);
      expect(condition(backup)).toMatchObject({ status: 'True' });
      expect(backup.status?.lastBackupRequest).toMatchObject({ attempt: 2, state: 'Settled' });
      expect(backup.status?.operationHistory?.[0]?.message).toContain(`step volume-1: ${reason}: `);
      expect(await world.snapshots(backup)).toHaveLength(1);
    },
    60_000,
  );

  it('ends when there is no such volume', async () => {
    operator = plane.start();
    await plane.create('nowhere', { volumeIDs: ['vol-00000000000000000'] });
    const backup = await plane.until('nowhere', isOver);
    expect(condition(backup)).toMatchObject({ status: 'False', reason: 'VolumeNotFound' });
  }, 60_000);

  it('is made anew when EC2 ends it with an error, and the broken one is deleted', async () => {
    world.proxy.completedAfterMs = Infinity;
    operator = plane.start();
    await plane.create('broken');
    const { status } = await plane.until('broken', (backup) => (backup.status?.ebs?.length ?? 0) > 0);
    const broken = status?.ebs?.[0]?.snapshotID ?? '';
    world.proxy.broken.add(broken);
    await plane.until('broken', (backup) => (backup.status?.lastBackupRequest?.attempt ?? 0) > 1);
    world.proxy.completedAfterMs = 0;
    const backup = await plane.until('broken', isOver);
    expect(condition(backup)).toMatchObject({ status: 'True' });
    expect(backup.status?.operationHistory?.[0]?.message).toContain(': SnapshotFailed: ');
    expect(await world.snapshots(backup)).toEqual([backup.status?.ebs?.[0]?.snapshotID]);
    expect(await world.snapshots(backup)).not.toContain(broken);
  }, 60_000);

  it('go with their EtcdBackup when that is wanted, and no others', async () => {
    operator = plane.start();
    const one = await plane.create('going', {}, { deletionPolicy: 'Delete' });
    const other = await plane.create('staying');
    await plane.until('going', isOver);
    await plane.until('staying', isOver);
    for (const { metadata } of [one, other]) {
      await plane.user.delete(etcdBackups, { namespace: 'default', name: metadata?.name ?? '' });
    }
    const end = performance.now() + 30_000;
    while (await plane.get('going').catch(() => undefined)) {
      if (performance.now() > end) throw new Error('it did not go');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await world.snapshots(one)).toEqual([]);
    expect(await world.snapshots(other)).toHaveLength(1);
  }, 60_000);

  describe('of a process that is killed at each boundary of its ledger, shown late', () => {
    /** Most of a life is waiting. */
    const livesAtATime = 8;

    /** Names places the same in each life, though how often a status is written while EC2 is waited for differs. */
    function namer(): (reached: string) => string {
      let request = 'none';
      let count = 0;
      return (reached) => {
        if (reached.startsWith('status/')) return `${reached} ${++count} after ${request}`;
        [request, count] = [reached, 0];
        return reached;
      };
    }

    /** Runs one backup; the process dies at that place, and another one takes over. */
    async function life(at?: string): Promise<{ places: string[]; isDead: boolean; backup: EtcdBackup }> {
      const own = await world.openPlane();
      const nameOf = namer();
      const places: string[] = [];
      let isDead = false;
      const volumeIDs = [await world.ec2.createVolume(), await world.ec2.createVolume()];
      const first = own.start({
        reach: (reached) => {
          const place = nameOf(reached);
          places.push(place);
          if (place === at) {
            isDead = true;
            first.die();
          }
          return isDead ? Promise.reject(new Error('the process is dead')) : Promise.resolve();
        },
      });
      await own.create('backup', { volumeIDs, settleWindowSeconds });
      let second: EbsOperator | undefined;
      try {
        await own.until('backup', (backup) => isDead || isOver(backup), 60_000);
        if (isDead) second = own.start({ identity: 'operator-2' });
        return { backup: await own.until('backup', isOver, 60_000), places, isDead };
      } finally {
        await second?.stop();
        if (isDead) first.die();
        else await first.stop();
      }
    }

    it('scenario 2: exactly one snapshot of each volume, of one request, and no duplicate', async () => {
      Object.assign(world.proxy, { visibleAfterMs, completedAfterMs: visibleAfterMs + 1_000 });
      const open = [...(await life()).places];
      const killed: string[] = [];
      const lives = async (): Promise<void> => {
        for (let at = open.shift(); at !== undefined; at = open.shift()) {
          const { backup, isDead } = await life(at);
          if (isDead) killed.push(at);
          expect({ at, ...condition(backup) }).toMatchObject({ at, status: 'True' });
          expect({ at, calls: volumesOf(backup).map(world.calls) }).toEqual({ at, calls: [1, 1] });
          expect(new Set(await world.snapshots(backup))).toEqual(
            new Set(backup.status?.ebs?.map(({ snapshotID }) => snapshotID)),
          );
          expect(backup.status?.lastBackupRequest?.attempt).toBe(1);
        }
      };
      const ended = await Promise.allSettled(Array.from({ length: livesAtATime }, lives));
      expect(ended.filter(({ status }) => status === 'rejected')).toEqual([]);
      for (const step of ['permissions', 'members', 'volume-1', 'volume-2', 'settle', 'tidy']) {
        expect(killed).toEqual(
          expect.arrayContaining([`volumes/${step}/act/before`, `volumes/${step}/act/after`]),
        );
      }
      expect(killed.filter((place) => place.startsWith('status/')).length).toBeGreaterThan(12);
      console.info(`${killed.length} processes killed`);
    }, 600_000);
  });
});
