import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { followPages } from '@stateful/etcd';
import { startEtcd } from '@stateful/etcd/testing';
import { type EtcdRestore } from '@stateful/etcd-backup-api';
import { resources, type KubeClient } from '@stateful/reconcile-sdk';
import {
  counterExampleText,
  crashes,
  createWorld,
  explore,
  type Scenario,
  type SystemUnderTest,
  type World,
} from '@stateful/testing';
import { etcdRestores } from '../src/index.ts';
import {
  createRestore,
  namespace,
  oldCluster,
  simulatedRestores,
  type Mishap,
  type Saved,
} from './restore-simulation.ts';

const key = { namespace, name: 'back' };
let saved: Saved;

/** A snapshot of a real etcd, small: what is read back is read as it is in life. */
beforeAll(async () => {
  const etcd = await startEtcd(1);
  const blobs: Buffer[] = [];
  for await (const { blob } of etcd.members[0]!.client.snapshot({ idleMs: 10_000 }))
    blobs.push(Buffer.from(blob));
  await etcd.stop();
  const bytes = Buffer.concat(blobs);
  const pages = followPages();
  pages.add(bytes);
  const { revision } = pages.end();
  saved = {
    bytes,
    manifest: {
      schemaVersion: 1,
      opID: 'uid',
      backup: { namespace, name: 'saved' },
      object: {
        sizeBytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        parts: 1,
        revision,
        compression: 'None',
      },
      etcd: { clusterID: oldCluster, revision, serverVersion: '3.6.5', keys: 2, authEnabled: false },
      pointInTime: '2026-01-01T00:00:00Z',
    },
  };
}, 120_000);

async function life(
  system: SystemUnderTest,
  spec: object = {},
  meanwhile: (world: World) => Promise<unknown> = () => Promise.resolve(),
): Promise<World> {
  const world = createWorld({ operator: system.operator });
  await system.setUp(world);
  world.start();
  await world.settle({ quietMs: 10_000 });
  await createRestore(world.users, spec);
  await meanwhile(world);
  await world.settle({ quietMs: 120_000, withinMs: 7_200_000 });
  return world;
}
const restoreOf = (users: KubeClient) => users.get(etcdRestores, key);
const conditionOf = async ({ users }: World) =>
  (await restoreOf(users)).status?.conditions?.find(({ type }) => type === 'Succeeded');
const replicasOf = async ({ users }: World) =>
  (await users.get(resources.statefulSets, { namespace, name: 'etcd' })).spec?.replicas;
const old = { member: 'old', aside: false, staging: false };

describe('a restore in place, simulated', () => {
  it('ends with the new data in place, the old beside it, and all that happened in its status', async () => {
    const system = simulatedRestores(saved);
    const world = await life(system);
    expect(await conditionOf(world)).toMatchObject({ status: 'True', reason: 'Completed' });
    expect(system.outside?.(world)).toEqual(
      Object.fromEntries(
        ['data-etcd-0', 'data-etcd-1', 'data-etcd-2'].map((claim) => [
          claim,
          { member: 'new', aside: true, staging: true },
        ]),
      ),
    );
    expect(await replicasOf(world)).toBe(3);
    const { status } = await restoreOf(world.users);
    expect(status).toMatchObject({
      selected: { backup: 'saved' },
      clusterID: { old: oldCluster },
      rollback: { available: true },
    });
    expect(status?.members?.map(({ step }) => step)).toEqual(['Started', 'Started', 'Started']);
    expect(status?.revision?.bump).toBeGreaterThan(5_000);
    expect(world.mishaps).toEqual([]);
  });

  it.each<[string, Mishap, object, string]>([
    [
      'a Job fails for good while the new data is made',
      { job: { verb: 'materialize', claim: 'data-etcd-1' } },
      {},
      'NoSpace',
    ],
    [
      'a Job fails for good after others have swapped',
      { job: { verb: 'swap', claim: 'data-etcd-2' } },
      {},
      'NoSpace',
    ],
    ['the new cluster lacks a key', { losesKeys: true }, {}, 'KeysDiffer'],
  ])('is taken back when %s', async (_, mishap, spec, reason) => {
    const system = simulatedRestores(saved, mishap);
    const world = await life(system, spec);
    expect(await conditionOf(world)).toMatchObject({ status: 'False', reason });
    expect((await conditionOf(world))?.message).toContain('the old data is in place');
    expect(Object.values(system.outside?.(world) as object)).toEqual([old, old, old]);
    expect(await replicasOf(world)).toBe(3);
    const { status } = await restoreOf(world.users);
    expect(status?.members?.map(({ step }) => step)).toEqual(['RolledBack', 'RolledBack', 'RolledBack']);
    expect(status?.rollback?.available ?? false).toBe(false);
    expect(world.mishaps).toEqual([]);
  });

  it('says who scales the workload up meanwhile, and goes on once nobody does', async () => {
    const said: string[] = [];
    const system = simulatedRestores(saved, { scaler: 2 });
    const world = await life(system, {}, async ({ users, clock }) => {
      for (let second = 0; second < 120; second++) {
        await clock.advance(1_000);
        said.push((await restoreOf(users)).status?.conditions?.[0]?.message ?? '');
      }
    });
    expect(said.join('\n')).toContain('was scaled to 3 again, by kubectl');
    expect(await conditionOf(world)).toMatchObject({ status: 'True' });
    expect(world.mishaps).toEqual([]);
  });

  it('is taken back when it is deleted while it is under way', async () => {
    const system = simulatedRestores(saved);
    const world = await life(system, {}, async ({ users, clock }) => {
      for (;;) {
        await clock.advance(1_000);
        if ((await restoreOf(users)).status?.operation?.step === 'swap') break;
      }
      await users.delete(etcdRestores, key);
    });
    expect(await world.users.find(etcdRestores, key)).toBeUndefined();
    expect(Object.values(system.outside?.(world) as object)).toEqual([old, old, old]);
    expect(await replicasOf(world)).toBe(3);
    expect(world.mishaps).toEqual([]);
  });

  it('is taken back when its time is over', async () => {
    const system = simulatedRestores(saved, { scaler: 1_000_000 });
    const world = await life(system, { activeDeadlineSeconds: 60 });
    expect(await conditionOf(world)).toMatchObject({ status: 'False', reason: 'DeadlineExceeded' });
    expect(await replicasOf(world)).toBe(3);
    expect(world.mishaps).toEqual([]);
  });
});

describe('killed before and after each write (scenario 24, E-07)', () => {
  const scenario: Scenario = {
    name: 'a restore in place',
    steps: [
      // Members run, and the backup is complete.
      { name: 'wait', run: () => Promise.resolve() },
      { name: 'create the restore', run: (users) => createRestore(users) },
    ],
  };
  it.each<[string, Mishap, string]>([
    ['goes on to the same end', {}, 'Completed'],
    ['has the old data back when a swap fails', { job: { verb: 'swap', claim: 'data-etcd-2' } }, 'NoSpace'],
    ['has the old data back when the new cluster is not what was saved', { losesKeys: true }, 'KeysDiffer'],
  ])(
    'a restore %s',
    async (_, mishap, end) => {
      const system = simulatedRestores(saved, mishap);
      const found = await explore({
        system,
        scenario,
        strikes: crashes,
        depth: 1,
        run: { quietMs: 40_000, silenceMs: 60_000 },
      });
      console.info(
        `${found.runs} runs over ${found.points} points, ${found.merged} of them into known states`,
      );
      expect(found.counterExamples.map(counterExampleText)).toEqual([]);
      // The control: it is the whole way that was walked.
      const last = found.reference.changes.findLast(({ of }) => of.startsWith('etcdrestores.'))?.object;
      const { conditions } = (last as EtcdRestore | undefined)?.status ?? {};
      expect(conditions?.find(({ type }) => type === 'Succeeded')?.reason).toBe(end);
      expect(found.points).toBeGreaterThan(40);
    },
    600_000,
  );
});
