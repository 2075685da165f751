import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyRequestAnnotation, type EtcdBackup } from '@stateful/etcd-backup-api';
import { openWriter, type PodRunner } from '@stateful/etcd/testing';
import { resources } from '@stateful/reconcile-sdk';
import { etcdBackups } from '../src/index.ts';
import {
  condition,
  isOver,
  namespace,
  startBackupWorld,
  type BackupWorld,
  type RunningOperator,
} from './backup-world.ts';
import { runPods } from './run-pods.ts';

const drill = { verify: { level: 'Drill', drill: { image: 'etcd:3.6.5', timeoutSeconds: 600 } } };

/** A drill takes six seconds; on a machine that does much else, more. */
const slowMs = 240_000;

describe('a restore drill', () => {
  let world: BackupWorld;
  let runner: PodRunner;
  let operator: RunningOperator | undefined;
  beforeAll(async () => {
    world = await startBackupWorld();
    runner = await runPods(world.server);
    const writer = openWriter(world.etcd.endpoints[0]!);
    for (let index = 0; index < 200; index++)
      await writer.put(`key-${index % 120}`, Buffer.alloc(20_000, index));
    for (let index = 0; index < 20; index++) await writer.remove(`key-${index}`);
    await writer.compact(150);
    await writer.put('last', 'x');
    writer.close();
  }, 1_200_000);
  afterEach(async () => {
    world.proxy.rule = undefined;
    runner.before = undefined;
    await operator?.stop();
    operator = undefined;
  });
  afterAll(async () => {
    await runner?.stop();
    await world?.stop();
  });

  const isVerified = (backup: EtcdBackup): boolean => condition(backup, 'Verified')?.status === 'True';
  const hasEndedCheck = ({ status }: EtcdBackup): boolean => {
    const { kind, phase = '' } = (status?.operation ?? {}) as { kind?: string; phase?: string };
    return kind === 'verification' && ['Succeeded', 'Failed'].includes(phase);
  };
  /** Jobs and pods that are there. */
  async function left(): Promise<string[]> {
    const [jobs, pods] = await Promise.all([
      world.user.list(resources.jobs, { namespace }),
      world.user.list(resources.pods, { namespace }),
    ]);
    return [...jobs.items, ...pods.items].map(({ metadata }) => metadata?.name ?? '');
  }
  async function untilNothingIsLeft(): Promise<void> {
    const end = performance.now() + slowMs;
    while ((await left()).length > 0 || runner.running().length > 0) {
      if (performance.now() > end)
        throw new Error(`left: ${(await left()).join(' ')}; ${runner.running().join(' ')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const ask = (name: string, request: string) =>
    world.user.mergePatch(
      etcdBackups,
      { namespace, name },
      { metadata: { annotations: { [verifyRequestAnnotation]: request } } },
    );
  const corrupt = async (backup: EtcdBackup): Promise<void> => {
    const key = `test/v1/${backup.metadata?.uid}/snapshot.db`;
    const bytes = (await world.store.get(key))!;
    bytes[bytes.length >> 1]! ^= 1;
    await world.store.put(key, bytes, { metadata: { 'etcd-backup-uid': backup.metadata?.uid ?? '' } });
  };

  it('scenario 22: an etcd restored from it has the revision and HashKV of the manifest; nothing is left of it', async () => {
    operator = world.start();
    await world.create('drilled', drill);
    const stored = await world.until('drilled', isOver, slowMs);
    expect(condition(stored, 'Verified')).toMatchObject({ status: 'False', reason: 'LevelNotReached' });
    const backup = await world.until('drilled', isVerified, slowMs);
    const manifest = JSON.parse(
      String(await world.store.get(`test/v1/${backup.metadata?.uid}/manifest.json`)),
    ) as { etcd: { hashKV: number; revision: number } };
    expect(backup.status?.verification).toMatchObject({
      level: 'Drill',
      result: 'Passed',
      restoredRevision: manifest.etcd.revision,
      restoredHashKV: manifest.etcd.hashKV,
    });
    expect(backup.status?.verification?.rtoSeconds).toBeGreaterThan(0);
    expect(condition(backup, 'Verified')).toMatchObject({ reason: 'Restored' });
    // All that the backup itself has said stands.
    expect(condition(backup)).toMatchObject({ status: 'True', reason: 'Completed' });
    expect(backup.status).toMatchObject({
      artifact: stored.status?.artifact,
      lastBackupRequest: stored.status?.lastBackupRequest,
      completionTime: stored.status?.completionTime,
    });
    await world.until('drilled', hasEndedCheck, slowMs);
    await untilNothingIsLeft();
    console.info(`restored in ${backup.status?.verification?.rtoSeconds} s`);
  }, 600_000);

  it('scenario 22: a corrupted object makes it not verified, within the run that looks', async () => {
    operator = world.start();
    await world.create('corrupted', { verify: { level: 'HashKV' } });
    const sound = await world.until('corrupted', isVerified, slowMs);
    await corrupt(sound);
    // Nobody looks by himself; a schedule asks by the annotation.
    await ask('corrupted', 'slot-1=Stored');
    const found = await world.until('corrupted', (backup) => !isVerified(backup), slowMs);
    expect(condition(found, 'Verified')).toMatchObject({ status: 'False', reason: 'StoredObjectDiffers' });
    expect(found.status?.verification).toMatchObject({
      result: 'Failed',
      reason: expect.stringMatching(/^StoredObjectDiffers: /) as unknown,
    });
    expect(condition(found)).toMatchObject({ status: 'True' });
    await world.until('corrupted', hasEndedCheck, slowMs);
    await untilNothingIsLeft();
  }, 600_000);

  it('is asked for by key: each key once, the last one asked for, at its level', async () => {
    operator = world.start();
    await world.create('asked', { verify: { level: 'HashKV' } });
    await world.until('asked', isVerified, slowMs);
    const started: string[] = [];
    for (const request of ['one=HashKV', 'two=Drill', 'three=Stored']) {
      await ask('asked', request);
      const [key, level] = request.split('=');
      const done = await world.until(
        'asked',
        (backup) => hasEndedCheck(backup) && (backup.status?.operation as { key?: string }).key === key,
        slowMs,
      );
      expect(done.status?.verification).toMatchObject({ level, result: 'Passed' });
      expect(isVerified(done)).toBe(true);
      started.push((done.status?.operation as { id: string }).id);
    }
    expect(new Set(started).size).toBe(3);
    await ask('asked', 'nonsense');
    const before = await world.get('asked');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await world.get('asked')).status).toEqual(before.status);
    await untilNothingIsLeft();
  }, 600_000);

  it('that could not be made says so, and takes nothing away from what was proven before', async () => {
    operator = world.start();
    await world.create('unlucky', {
      verify: { level: 'Stored', drill: { image: 'etcd:3.6.5', timeoutSeconds: 30 } },
    });
    await world.until('unlucky', isVerified, slowMs);
    // An image that is never there.
    runner.before = () => new Promise(() => undefined);
    await ask('unlucky', 'one=Drill');
    const done = await world.until('unlucky', hasEndedCheck, slowMs);
    expect(done.status?.verification).toMatchObject({
      level: 'Drill',
      result: 'Skipped',
      reason: expect.stringMatching(/^DeadlineExceeded: /) as unknown,
    });
    expect(isVerified(done)).toBe(true);
    await untilNothingIsLeft();
  }, 600_000);

  it('sees by itself what the operator could not have seen before', async () => {
    operator = world.start();
    await world.create('late', { verify: { level: 'HashKV' } });
    const sound = await world.until('late', isVerified, slowMs);
    // Between the operator's look and the drill's.
    runner.before = (pod, container) =>
      pod.startsWith('late-') && container === 'fetch' ? corrupt(sound) : undefined;
    await ask('late', 'one=Drill');
    const done = await world.until('late', hasEndedCheck, slowMs);
    expect(condition(done, 'Verified')).toMatchObject({ status: 'False', reason: 'StoredObjectDiffers' });
    expect(done.status?.verification).toMatchObject({ level: 'Drill', result: 'Failed' });
    await untilNothingIsLeft();
  }, 600_000);

  it('tells a store that refuses apart from data that is bad', async () => {
    operator = world.start();
    await world.create('refused', { verify: { level: 'Stored' } });
    await world.until('refused', isVerified, slowMs);
    world.proxy.rule = ({ operation, path }) =>
      operation === 'GetObject' && path.endsWith('.db')
        ? { do: 'refuse', status: 403, code: 'AccessDenied' }
        : undefined;
    await ask('refused', 'one=HashKV');
    const done = await world.until('refused', hasEndedCheck, slowMs);
    expect(done.status?.verification).toMatchObject({
      result: 'Skipped',
      reason: expect.stringMatching(/^StoreRefused: .*grant s3:GetObject/) as unknown,
    });
    expect(isVerified(done)).toBe(true);
  }, 600_000);

  it('scenario 22: is made to its end though each of its containers is killed once', async () => {
    operator = world.start();
    const containers = ['fetch', 'restore', 'etcd', 'compare'];
    const killed = new Set<string>();
    runner.before = (pod, container) => {
      const victim = containers.find((each) => pod.startsWith(`killed-${each}-`));
      if (victim !== container || killed.has(victim)) return;
      const kill = setInterval(() => {
        if (!runner.kill(pod, container)) return;
        killed.add(victim);
        clearInterval(kill);
      }, 1);
    };
    await Promise.all(containers.map((container) => world.create(`killed-${container}`, drill)));
    for (const container of containers) {
      const backup = await world.until(`killed-${container}`, isVerified, slowMs);
      expect(backup.status?.verification).toMatchObject({ level: 'Drill', result: 'Passed' });
    }
    expect([...killed].sort()).toEqual([...containers].sort());
    await untilNothingIsLeft();
  }, 600_000);

  describe('of which the operator is killed at each boundary', () => {
    /** Runs one drill; the process dies at the `at`-th place of it, and another one takes over. */
    async function life(name: string, at: number): Promise<string[]> {
      const places: string[] = [];
      let isDrilling = false;
      let isDead = false;
      const first = world.start({
        reach: (reached) => {
          isDrilling ||= reached.startsWith('verification/');
          if (!isDrilling || isDead) return Promise.resolve();
          places.push(reached);
          if (places.length !== at) return Promise.resolve();
          isDead = true;
          first.die();
          throw new Error('the process is dead');
        },
      });
      await world.create(name, drill);
      await world.until(name, (backup) => isDead || hasEndedCheck(backup), slowMs);
      const second = isDead ? world.start({ identity: 'operator-2' }) : undefined;
      try {
        const backup = await world.until(name, hasEndedCheck, slowMs);
        expect(backup.status?.verification).toMatchObject({ level: 'Drill', result: 'Passed' });
        expect(isVerified(backup)).toBe(true);
        await untilNothingIsLeft();
      } finally {
        await second?.stop();
        if (isDead) first.die();
        else await first.stop();
      }
      return places;
    }

    it('scenario 22: it is made to its end, once told, and nothing is left of it', async () => {
      const calm = await life('calm', 0);
      expect(calm).toEqual(
        expect.arrayContaining([
          'verification/check/act/before',
          'verification/judge/act/after',
          'job/before',
        ]),
      );
      const seen: string[] = [];
      for (let at = 1; at <= calm.length; at++) seen.push((await life(`crash-${at}`, at)).at(-1) ?? 'none');
      console.info(`${calm.length} places, killed at ${seen.join(' ')}`);
    }, 1_800_000);
  });
});
