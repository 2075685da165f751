import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openMember, type EtcdMember } from '@stateful/etcd';
import { watchFrom } from '@stateful/etcd/testing';
import { type EtcdBackup, type EtcdRestore } from '@stateful/etcd-backup-api';
import { resources, systemClock } from '@stateful/reconcile-sdk';
import { jobName } from '../src/controllers/etcd-restore/member-jobs.ts';
import { etcdBackups, etcdRestores } from '../src/index.ts';
import {
  conditionOf,
  etcdContainer,
  eventually,
  isOver,
  names,
  namespace,
  startRestoreWorld,
  type RestoreWorld,
  type RunningOperator,
} from './restore-world.ts';

/** Whether a restore has begun or ended a step, for those that wait for it. */
const isAt =
  (step: string) =>
  ({ status }: EtcdRestore): boolean =>
    status?.operation?.['step'] === step;

/** One cluster, which is restored time and again. */
describe('restores of a real etcd of three members in pods', () => {
  let world: RestoreWorld;
  let operator: RunningOperator;
  let members: EtcdMember[];
  let saved: EtcdBackup;
  let written = 0;
  beforeAll(async () => {
    world = await startRestoreWorld();
    operator = world.start();
    await world.createMembers();
    members = await world.members();
    const writer = world.writer();
    for (let index = 0; index < 20; index++) await writer.put(`key-${index}`, `value ${index}`);
    saved = await world.backUp('saved');
    expect(conditionOf(saved)).toMatchObject({ status: 'True' });
  }, 900_000);
  afterAll(async () => {
    await operator?.stop();
    await world?.stop();
  }, 60_000);

  /** Connections of before find out that something listens again. */
  const served = async (): Promise<void> => {
    members = await world.members();
  };
  const clusterID = async (): Promise<string> => (await members[0]!.status()).clusterID;
  const claimFolder = (member: string): string => world.runner.claimFolder(namespace, `data-${member}`);
  /** Writes what the backup does not have, and tells how far the cluster is. */
  async function goOn(): Promise<number> {
    const writer = world.writer();
    for (let index = 0; index < 30; index++) await writer.put('key-later', `value ${++written}`);
    return members[0]!.revision();
  }
  const inPlace = async (name: string, spec: object = {}): Promise<void> => {
    await world.restore(name, {
      source: { backupRef: { name: 'saved' } },
      ...spec,
      safety: {
        confirmClusterID: await clusterID(),
        preRestoreBackup: 'Never',
        ...(spec as { safety?: object }).safety,
      },
    });
  };
  const replicas = async (): Promise<number | undefined> =>
    (await world.user.get(resources.statefulSets, { namespace, name: 'etcd' })).spec?.replicas;

  describe('refused before anything stops (scenario 24, E-08)', () => {
    it.each<[string, object, string]>([
      ['another cluster is meant', { safety: { confirmClusterID: 'ab' } }, 'ClusterMismatch'],
      ['the image is older', { target: { image: 'etcd:3.5.21' } }, 'OlderEtcd'],
      [
        'there is sign-in that was never there',
        { safety: { authSecretRef: { name: 's3' } } },
        'AuthMismatch',
      ],
      ['the backup does not exist', { source: { backupRef: { name: 'none' } } }, 'BackupNotFound'],
      ['the cluster runs and should be new', { mode: 'NewCluster' }, 'TargetBusy'],
      [
        'a claim does not exist',
        { target: { members: [{ name: 'etcd-0', peerURL: 'http://etcd-0.etcd:2380', claim: 'none' }] } },
        'ClaimNotFound',
      ],
    ])('when %s', async (_, spec, reason) => {
      const name = `refused-${reason.toLowerCase()}`;
      const before = await goOn();
      await inPlace(name, spec);
      const restore = await world.until(etcdRestores, name, isOver);
      expect(conditionOf(restore)).toMatchObject({ status: 'False', reason });
      expect(conditionOf(restore)?.message).toContain('nothing was stopped or changed');
      expect(restore.status?.operation).not.toHaveProperty('results.mark');
      expect(await replicas()).toBe(3);
      expect(await members[0]!.revision()).toBe(before);
    });

    it('E-08: when the object is truncated, or one byte of it is another', async () => {
      const { metadata } = saved;
      const key = (uid: string, file: string): string => `test/v1/${uid}/${file}`;
      const object = (await world.store.get(key(metadata?.uid ?? '', 'snapshot.db')))!;
      const manifest = (await world.store.get(key(metadata?.uid ?? '', 'manifest.json')))!;
      const flipped = Buffer.from(object);
      flipped[flipped.length - 20_000]! ^= 1;
      for (const [name, bytes] of [
        ['truncated', object.subarray(0, object.length - 4096)],
        ['flipped', flipped],
      ] as const) {
        await world.store.put(key(name, 'snapshot.db'), bytes);
        await world.store.put(
          key(name, 'manifest.json'),
          Buffer.from(String(manifest).replaceAll(metadata?.uid ?? '', name)),
        );
        const { s3 } = saved.spec.store!;
        await inPlace(name, {
          source: { object: { store: { s3 }, key: key(name, 'manifest.json') } },
          target: { cluster: saved.spec.cluster },
        });
        const restore = await world.until(etcdRestores, name, isOver);
        expect(conditionOf(restore)).toMatchObject({ status: 'False', reason: 'StoredObjectDiffers' });
        expect(await replicas()).toBe(3);
      }
    });
  });

  it('scenario 24, E-07: killed after the stop, and after one of three has swapped, it goes on', async () => {
    const highWater = await goOn();
    const old = await clusterID();
    // One member is swapped, the others wait: there the process dies.
    let isSlow = true;
    world.runner.before = async (pod, container) => {
      if (container === 'swap' && !pod.includes(swapOf)) {
        while (isSlow) await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await inPlace('killed');
    const { metadata } = await world.user.get(etcdRestores, { namespace, name: 'killed' });
    const swapOf = jobName({ uid: metadata?.uid ?? '', name: 'killed' }, 'swap', 'etcd-1');
    const aside = join(claimFolder('etcd-1'), `member.pre-${metadata?.uid}`);
    await operator.stop();
    operator = world.start();
    await world.until(etcdRestores, 'killed', isAt('stop'), 60_000).catch(() => undefined);
    operator.die();
    operator = world.start();
    await eventually('one of three is swapped', () =>
      existsSync(aside) ? Promise.resolve() : Promise.reject(new Error('not yet')),
    );
    operator.die();
    // While nobody looks, nothing comes up: neither the old nor the new.
    await expect(members[0]!.status()).rejects.toThrow();
    for (const member of names) {
      expect(existsSync(join(claimFolder(member), `member.pre-${metadata?.uid}`))).toBe(member === 'etcd-1');
    }
    isSlow = false;
    operator = world.start();
    const restore = await world.until(etcdRestores, 'killed', isOver, 120_000);
    expect(conditionOf(restore)).toMatchObject({ status: 'True' });
    await served();
    const ids = new Set(await Promise.all(members.map(async (member) => (await member.status()).clusterID)));
    expect([...ids]).toEqual([restore.status?.clusterID?.new]);
    expect(ids.has(old)).toBe(false);
    expect(await members[0]!.revision()).toBeGreaterThan(highWater);
    expect(await members[0]!.keyCount(0)).toBe(20);
    world.runner.before = undefined;
  }, 240_000);

  it('scenario 24: what fails after others have swapped is taken back, and the old data serves', async () => {
    const before = await goOn();
    const old = await clusterID();
    world.runner.before = (pod, container) => {
      // Somebody cleans up in the wrong place.
      if (container === 'swap' && pod.includes(swapOf)) rmSync(staging(), { recursive: true, force: true });
      return Promise.resolve();
    };
    await inPlace('taken-back');
    const { metadata } = await world.user.get(etcdRestores, { namespace, name: 'taken-back' });
    const swapOf = jobName({ uid: metadata?.uid ?? '', name: 'taken-back' }, 'swap', 'etcd-2');
    const staging = (): string => join(claimFolder('etcd-2'), `.restore-${metadata?.uid}`);
    const restore = await world.until(etcdRestores, 'taken-back', isOver, 120_000);
    world.runner.before = undefined;
    expect(conditionOf(restore)).toMatchObject({ status: 'False', reason: 'NothingStaged' });
    expect(restore.status?.members?.map(({ step }) => step)).toEqual([
      'RolledBack',
      'RolledBack',
      'RolledBack',
    ]);
    await served();
    expect(await clusterID()).toBe(old);
    expect(await members[0]!.revision()).toBe(before);
    expect(await members[0]!.keyCount(0)).toBe(21);
    for (const member of names) {
      expect(readdirSync(claimFolder(member)).filter((file) => file.includes(metadata?.uid ?? ''))).toEqual(
        [],
      );
    }
  }, 240_000);

  it('scenario 23, E-08: goes beyond all that was seen, ends old watches, and lets no old member in', async () => {
    const old = await clusterID();
    const highWater = await goOn();
    await inPlace('back', { safety: { preRestoreBackup: 'Required' } });
    const restore = await world.until(etcdRestores, 'back', isOver, 120_000);
    expect(conditionOf(restore)).toMatchObject({ status: 'True', reason: 'Completed' });
    await served();
    const now = await Promise.all(members.map((member) => member.status()));
    const ids = [...new Set(now.map((status) => status.clusterID))];
    expect(ids).toHaveLength(1);
    expect(ids[0]).not.toBe(old);
    expect(restore.status?.clusterID).toEqual({ old, new: ids[0] });
    expect(Math.min(...now.map(({ revision }) => revision))).toBeGreaterThan(highWater);
    expect(restore.status?.revision?.after).toBeGreaterThan(highWater);
    expect(restore.status?.hashKV?.skipped).toContain('compacted');
    expect(await members[0]!.keyCount(0)).toBe(20);
    // Whoever watched is told to read anew.
    const watch = await watchFrom(world.runner.dialled(namespace, 'http://etcd-1.etcd:2379'), highWater);
    expect(watch).toMatchObject({ canceled: true });
    expect(watch.compactRevision).toBeGreaterThan(highWater);
    // What was there was saved first, and stands beside the new.
    const before = await world.user.get(etcdBackups, { namespace, name: 'back-before' });
    expect(conditionOf(before)).toMatchObject({ status: 'True' });
    expect(before.status?.etcd?.clusterID).toBe(old);

    // An old member, started beside the new ones.
    const claim = 'old-etcd-2';
    cpSync(
      join(claimFolder('etcd-2'), restore.status?.rollback?.path ?? ''),
      join(world.runner.claimFolder(namespace, claim), 'member'),
      { recursive: true },
    );
    await world.user.create(resources.persistentVolumeClaims, {
      metadata: { namespace, name: claim },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    await world.user.create(resources.pods, {
      metadata: { namespace, name: 'stray' },
      spec: {
        containers: [etcdContainer],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
      },
    });
    const stray = openMember(world.runner.dialled(namespace, 'http://stray.etcd:2379'), {}, systemClock);
    await eventually('the old member runs', () =>
      world.runner.isRunning('stray', 'etcd') ? Promise.resolve() : Promise.reject(new Error('not yet')),
    );
    await expect(stray.revision()).rejects.toThrow();
    stray.close();
    for (const member of members) expect(await member.members()).toHaveLength(3);
    expect(await members[0]!.revision()).toBeGreaterThan(highWater);
    await world.user.delete(resources.pods, { namespace, name: 'stray' });
  }, 240_000);

  it('compares HashKV where revisions stay, and deletes the old data when that is wanted', async () => {
    await goOn();
    await inPlace('same-revisions', {
      revision: { policy: 'None' },
      compareHashKV: 'Always',
      oldData: 'DeleteAfterSuccess',
    });
    const restore = await world.until(etcdRestores, 'same-revisions', isOver, 120_000);
    expect(conditionOf(restore)).toMatchObject({ status: 'True' });
    await served();
    const { expected, actual } = restore.status?.hashKV ?? {};
    expect(actual).toBe(saved.status?.etcd?.hashKV);
    expect(actual).toBe(expected);
    expect(restore.status?.rollback?.available).toBe(false);
    for (const member of names) {
      expect(
        readdirSync(claimFolder(member)).filter((file) => file.includes(restore.metadata?.uid ?? '')),
      ).toEqual([]);
    }
  }, 240_000);

  it('a drill says whether it would work, and touches nothing', async () => {
    const before = await goOn();
    await world.user.create(etcdRestores, {
      metadata: { namespace, name: 'drill' },
      spec: { source: { backupRef: { name: 'saved' } }, mode: 'Drill', drill: { image: 'etcd:3.6.5' } },
    } as unknown as EtcdRestore);
    const restore = await world.until(etcdRestores, 'drill', isOver, 120_000);
    expect(conditionOf(restore)).toMatchObject({ status: 'True', reason: 'Completed' });
    expect(restore.status?.hashKV?.actual).toBe(saved.status?.etcd?.hashKV);
    expect(await members[0]!.revision()).toBe(before);
  }, 120_000);

  describe('onto volumes of its own', () => {
    const fresh = names.map((name) => ({
      name: name.replace('etcd', 'fresh'),
      peerURL: `http://${name.replace('etcd', 'fresh')}.etcd:2380`,
      claim: `data-${name.replace('etcd', 'fresh')}`,
    }));
    const materialize = (name: string): Promise<EtcdRestore> =>
      world.restore(name, {
        mode: 'Materialize',
        source: { backupRef: { name: 'saved' } },
        target: { members: fresh, workloadRef: undefined },
      });

    it('makes the data directories, and only where there are none', async () => {
      for (const { claim } of fresh) {
        await world.user.create(resources.persistentVolumeClaims, {
          metadata: { namespace, name: claim },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        });
      }
      await materialize('made');
      expect(conditionOf(await world.until(etcdRestores, 'made', isOver, 120_000))).toMatchObject({
        status: 'True',
      });
      for (const { claim } of fresh) {
        expect(existsSync(join(world.runner.claimFolder(namespace, claim), 'member/snap/db'))).toBe(true);
      }
      await materialize('made-again');
      const again = await world.until(etcdRestores, 'made-again', isOver, 120_000);
      expect(conditionOf(again)).toMatchObject({ status: 'False', reason: 'NotEmpty' });
      for (const { claim } of fresh) {
        expect(existsSync(join(world.runner.claimFolder(namespace, claim), 'member/snap/db'))).toBe(true);
      }
    }, 240_000);
  });
});
