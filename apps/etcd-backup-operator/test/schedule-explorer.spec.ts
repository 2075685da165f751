import { describe, expect, it } from '@jest/globals';
import { customResourceDefinitions } from '@stateful/etcd-backup-api';
import { createSeededRandom, type KubeClient } from '@stateful/reconcile-sdk';
import {
  catalogue,
  findings,
  guarded,
  honest,
  liveThroughIllness,
  oracles,
  runChain,
  type MutableSchema,
  type Oracle,
  type Step,
  type Strikes,
  type SystemUnderTest,
} from '@stateful/testing';
import { etcdBackups, etcdBackupSchedules } from '../src/etcd-backups.ts';
import {
  addBackupControllers,
  installKinds,
  namespace,
  outdoors,
  scheduleOf,
  type Outdoors,
} from './schedule-world.ts';

const key = { namespace, name: 'nightly' };
const daily = { schedule: '0 */6 * * *', retention: { keepLast: 1 } };

/** Schedules and EtcdBackups as `main.ts` makes them, with a store of their own and no etcd. */
function system(): SystemUnderTest {
  const outside = new WeakMap<object, Outdoors>();
  let latest: Outdoors | undefined;
  return {
    operator: {
      name: 'etcd-backup-operator',
      build: (manager, around) => addBackupControllers(manager, around, latest!),
    },
    async setUp(world) {
      latest = outdoors(() => world.clock.now());
      outside.set(world, latest);
      await installKinds(world.users);
    },
    parents: etcdBackupSchedules,
    managed: [etcdBackups],
    // One object and one manifest for each EtcdBackup whose data stays.
    outside: (world) => outside.get(world)?.bucket.keys(),
    mask,
  };
}

/** When the store was looked at last depends on what came between; what it showed does not. */
function mask(object: object): object {
  const { status, ...rest } = object as { kind?: string; status?: Record<string, unknown> };
  if (rest.kind !== 'EtcdBackupSchedule' || !status) return object;
  const { retentionPlan, ...told } = status as { retentionPlan?: object };
  return { ...rest, status: { ...told, retentionPlan: { ...retentionPlan, generation: 0, operation: '' } } };
}

const made: Step = {
  name: 'a schedule is made',
  run: (users) => users.create(etcdBackupSchedules, scheduleOf(daily)),
};
const sixHours = 6 * 3_600_000;
const night: Step = {
  name: 'a night goes by',
  // Past the next slot by so much that it has come for a clock, too, that is two hours behind.
  async run(_users: KubeClient, { clock }) {
    const slot = (Math.floor(clock.now() / sixHours) + 1) * sixHours;
    await clock.advance(slot + 2.4 * 3_600_000 - clock.now());
  },
};
const set = (name: string, spec: object): Step => ({
  name,
  run: (users) => users.mergePatch(etcdBackupSchedules, key, { spec }),
});
const gone: Step = { name: 'it is deleted', run: (users) => users.delete(etcdBackupSchedules, key) };

const lives = {
  life: {
    name: 'a schedule makes backups for two nights, keeps one, and goes',
    steps: [made, night, night, gone],
  },
  recreation: { name: 'a schedule is deleted and made again', steps: [made, night, gone, made, night] },
  toggle: {
    name: 'retention is taken away and brought back',
    steps: [made, night, set('no retention', { retention: null }), night, set('retention again', daily)],
  },
};

/**
 * By default each crash, and of all other faults one at every third point, of each kind in turn. EXPLORE_DEPTH=1 tries every fault at
 * every point, 2 all pairs.
 */
const depth = process.env['EXPLORE_DEPTH'];
const sampled =
  (strikes: Strikes): Strikes =>
  (point) => {
    const all = strikes(point);
    return point % 3 === 0 ? all.slice((point / 3) % all.length).slice(0, 1) : [];
  };
const run = { quietMs: 20_000, silenceMs: 60_000 };
/**
 * Not O7: backups come and go while a schedule is ready. O4 of what took effect: a delete that is sent once more after its answer was
 * lost may come behind a read by the EtcdBackup's own controller, and is refused then.
 */
const judges = oracles
  .filter((oracle) => oracle !== honest)
  .map((oracle): Oracle =>
    oracle === guarded
      ? (seen, ...rest) =>
          guarded({ ...seen, exchanges: seen.exchanges.filter(({ error }) => !error) }, ...rest)
      : oracle,
  );
const say = (text: string): void => void process.stdout.write(`${text}\n`);

describe('schedules', () => {
  const entries = catalogue(system(), lives, { run });
  it.each(entries.map((entry) => [entry.id, entry.title, entry] as const))(
    '%s: %s',
    async (_id, _title, entry) => {
      const isWhole = depth !== undefined || entry.id === 'S-01';
      const bounds = {
        depth: Math.min(Number(depth ?? 1), entry.depth),
        strikes: isWhole ? entry.strikes : sampled(entry.strikes),
        oracles: judges,
      };
      expect(await findings({ ...entry, ...bounds }, say)).toEqual([]);
    },
    600_000,
  );

  it('S-04: end as they should when other times come and go unseen', async () => {
    const scenario = {
      name: 'other times, and the first ones again',
      steps: [made, set('hourly', { schedule: '30 * * * *' }), set('as before', daily)],
    };
    const unseen: Strikes = () => [{ do: 'next-step' }];
    const bounds = { strikes: unseen, depth: 1, run, oracles: judges };
    expect(await findings({ id: 'S-04', system: system(), scenario, ...bounds }, say)).toEqual([]);
  }, 600_000);

  it('S-08: ask an API server that is ill less than a tenth as often, and all is well again without help', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `nightly-${index}`);
    const { well, unavailable, throttled, world } = await liveThroughIllness({
      system: system(),
      async populate({ users }) {
        for (const name of names) await users.create(etcdBackupSchedules, scheduleOf(daily, name));
      },
      // Each change leads to one request: ten a second.
      change: ({ users }, at) =>
        Promise.all(
          Array.from({ length: 10 }, (_, index) =>
            users.mergePatch(
              etcdBackupSchedules,
              { namespace, name: names[(at * 10 + index) % names.length]! },
              { spec: { staleAfterSeconds: 1_000 + at } },
            ),
          ),
        ),
    });
    say(
      `S-08: ${[well, unavailable, throttled].map((rate) => rate.toFixed(2)).join(', ')} requests a second`,
    );
    expect(unavailable).toBeLessThan(well / 10);
    expect(throttled).toBeLessThan(well / 10);
    expect(await world.settle()).toBe(true);
    const { items } = await world.users.list(etcdBackupSchedules);
    const ready = items.map(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.status);
    expect(ready).toEqual(names.map(() => 'True'));
    expect(world.mishaps).toEqual([]);
  }, 600_000);

  it('S-11: are as they were after chains of mutations, each taken back', async () => {
    const crd = customResourceDefinitions().find(
      ({ spec }) => spec.names.kind === 'EtcdBackupSchedule',
    ) as unknown as { spec: { versions: { schema: { openAPIV3Schema: MutableSchema } }[] } };
    const chains = Number(process.env['EXPLORE_CHAINS'] ?? 8);
    for (let seed = 1; seed <= chains; seed++) {
      const { problems, mutations, taken } = await runChain({
        system: system(),
        parents: etcdBackupSchedules,
        seedObject: scheduleOf({ ...daily, verify: { schedule: '0 3 * * *' } }),
        schema: crd.spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec'] ?? {},
        random: createSeededRandom(seed),
      });
      say(`S-11: chain ${seed}: ${taken} of ${mutations.length} taken`);
      expect({ seed, problems }).toEqual({ seed, problems: [] });
    }
  }, 600_000);
});
