import { beforeAll, describe, expect, it } from '@jest/globals';
import { type EtcdBackup } from '@stateful/etcd-backup-api';
import { type EtcdMember } from '@stateful/etcd';
import { openWriter, startEtcd } from '@stateful/etcd/testing';
import { resources, type Clock, type KubeClient } from '@stateful/reconcile-sdk';
import {
  catalogue,
  createWorld,
  findings,
  type Scenario,
  type Step,
  type Strikes,
  type SystemUnderTest,
  type World,
} from '@stateful/testing';
import { etcdBackupPlan } from '../src/index.ts';
import { etcdBackups } from '../src/etcd-backups.ts';
import { memoryBucket, type MemoryBucket } from './memory-store.ts';
import { installKinds, namespace } from './schedule-world.ts';

/** What a real member answered once; so that it can be asked on virtual time. */
interface Recorded {
  readonly snapshot: Buffer;
  readonly status: Awaited<ReturnType<EtcdMember['status']>>;
  readonly revision: number;
  readonly hash: Awaited<ReturnType<EtcdMember['hashKV']>>;
}

async function record(): Promise<Recorded> {
  const etcd = await startEtcd(1);
  const writer = openWriter(etcd.endpoints[0]!);
  try {
    for (let index = 0; index < 20; index++) await writer.put(`key-${index % 7}`, String(index));
    const { client } = etcd.members[0]!;
    const pieces: Buffer[] = [];
    for await (const { blob } of client.snapshot({ idleMs: 10_000 })) pieces.push(Buffer.from(blob));
    return {
      snapshot: Buffer.concat(pieces),
      status: await client.status(),
      revision: await client.revision(),
      hash: await client.hashKV(0),
    };
  } finally {
    writer.close();
    await etcd.stop();
  }
}

/** How long it sends: two processes that take turns in no time would never come to an end. */
const sendsMs = 2_000;

const memberOf = ({ snapshot, status, revision, hash }: Recorded, clock: Clock): EtcdMember => ({
  endpoint: 'https://etcd:2379',
  status: () => Promise.resolve(status),
  members: () => Promise.resolve([]),
  alarms: () => Promise.resolve([]),
  revision: () => Promise.resolve(revision),
  hashKV: () => Promise.resolve(hash),
  keyCount: () => Promise.resolve(7),
  async *snapshot({ signal }) {
    await clock.sleep(sendsMs, signal);
    yield { blob: snapshot, remainingBytes: 0 };
  },
  close: () => undefined,
});

let recorded: Recorded;

/** EtcdBackups as `main.ts` makes them; the store and the member are in memory. `without`: a step that is left out, for controls. */
function system(without?: string): SystemUnderTest {
  const buckets = new WeakMap<object, MemoryBucket>();
  let latest: MemoryBucket | undefined;
  return {
    operator: {
      name: 'etcd-backup-operator',
      build(manager, { clock, change }) {
        const bucket = latest!;
        const plan = etcdBackupPlan({
          identity: 'operator',
          clock,
          openStore: () => Promise.resolve(bucket.open(change)),
          openMembers: () => Promise.resolve([memberOf(recorded, clock)]),
          openVolumes: () => Promise.reject(new Error('no volumes here')),
        });
        manager.addPlan({
          ...plan,
          operations: (plan.operations ?? []).map((one) => ({
            ...one,
            steps: one.steps.filter(({ name }) => name !== without),
          })),
        });
      },
    },
    async setUp(world) {
      latest = memoryBucket(() => world.clock.now());
      buckets.set(world, latest);
      await installKinds(world.users);
    },
    parents: etcdBackups,
    managed: [resources.jobs],
    // One object, one manifest, and nothing half-made.
    outside: (world) => ({ keys: buckets.get(world)?.keys(), uploads: buckets.get(world)?.uploads() }),
    mask,
  };
}

/** Who was how fast, and which try it was, hang on what came between; what was made does not. */
function mask(object: object): object {
  const { kind, status, ...rest } = object as { kind?: string; status?: EtcdBackup['status'] };
  if (kind !== 'EtcdBackup' || !status) return object;
  const { artifact, etcd, verification, conditions } = status;
  return {
    kind,
    ...rest,
    status: {
      artifact: { sha256: artifact?.snapshotSHA256, uri: artifact?.uri },
      etcd: { revision: etcd?.revision, hashKV: etcd?.hashKV, keys: etcd?.keys },
      verification: { level: verification?.level, result: verification?.result },
      conditions: conditions?.map(({ type, status: is, reason }) => ({ type, status: is, reason })),
    },
  };
}

const key = { namespace, name: 'first' };
const asked = (maxAttempts: number): Step => ({
  name: 'a backup is asked for',
  run: (users) =>
    users.create(etcdBackups, {
      metadata: key,
      spec: {
        cluster: { endpoints: ['https://etcd:2379'] },
        store: { s3: { bucket: 'backups', prefix: 'etcd' } },
        retry: { maxAttempts, baseSeconds: 1, capSeconds: 1 },
      },
    } as unknown as EtcdBackup),
});
/** One attempt is all that it has: no crash, old cache or other process may cost one. */
const made = asked(1);
const set = (name: string, spec: object): Step => ({
  name,
  run: (users: KubeClient) => users.mergePatch(etcdBackups, key, { spec }),
});
const gone: Step = { name: 'it is deleted', run: (users) => users.delete(etcdBackups, key) };
const away = set('its data is to go with it', { deletionPolicy: 'Delete' });

const lives = {
  life: { name: 'a backup is made, and goes with its data', steps: [made, away, gone] },
  recreation: { name: 'a backup is deleted and made again', steps: [made, gone, made] },
  toggle: {
    name: 'a backup is held and let go',
    steps: [made, set('it is held', { hold: true }), set('it is let go', { hold: false })],
  },
};

/** Parts whose request is refused or lost, after all that the client of the store tries by itself, do cost an attempt. */
const isCostly = (id: string): boolean => id === 'S-06' || id === 'S-07';
const withAttempts = ({ name, steps }: Scenario): Scenario => ({
  name,
  steps: steps.map((step) => (step === made ? asked(4) : step)),
});

/** EXPLORE_DEPTH=1 tries every fault at every point, 2 all pairs; by default each crash, and of the others every third. */
const depth = process.env['EXPLORE_DEPTH'];
const sampled =
  (strikes: Strikes): Strikes =>
  (point) => {
    const all = strikes(point);
    return point % 3 === 0 ? all.slice((point / 3) % all.length).slice(0, 1) : [];
  };
const say = (text: string): void => void process.stdout.write(`${text}\n`);

describe('backups', () => {
  beforeAll(async () => {
    recorded = await record();
  }, 600_000);

  const entries = catalogue(system(), lives, { run: { quietMs: 20_000, silenceMs: 60_000 } });
  it.each(entries.map((entry) => [entry.id, entry.title, entry] as const))(
    '%s: %s',
    async (_id, _title, entry) => {
      const isWhole = depth !== undefined || entry.id === 'S-01';
      const bounds = {
        depth: Math.min(Number(depth ?? 1), entry.depth),
        strikes: isWhole ? entry.strikes : sampled(entry.strikes),
        ...(isCostly(entry.id) ? { scenario: withAttempts(entry.scenario) } : {}),
      };
      expect(await findings({ ...entry, ...bounds }, say)).toEqual([]);
    },
    600_000,
  );

  it('are made and verified when nothing happens', async () => {
    const world = await lived(lives.toggle.steps.slice(0, 1));
    const { status } = await world.users.get(etcdBackups, key);
    expect(status?.conditions).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'Succeeded', status: 'True' }),
        expect.objectContaining({ type: 'Verified', status: 'True', reason: 'ReadBack' }),
      ]),
    );
    expect(status?.etcd).toMatchObject({ revision: recorded.revision, hashKV: recorded.hash.hash, keys: 7 });
  });

  it('are not as they must be when a step is left out: the control', async () => {
    const [s01] = catalogue(system('sweep'), lives, { run: { quietMs: 20_000, silenceMs: 60_000 } });
    const found = await findings({ ...s01!, depth: 1, stopAfter: 1 }, () => undefined);
    expect(JSON.stringify(found)).toContain('uploads');
  }, 600_000);
});

async function lived(steps: readonly Step[]): Promise<World> {
  const { operator, setUp } = system();
  const world = createWorld({ operator });
  await setUp(world);
  world.start();
  for (const { run } of steps) {
    await run(world.users, world);
    await world.settle({ quietMs: 20_000 });
  }
  return world;
}
