import { describe, expect, it } from '@jest/globals';
import { resources } from '@stateful/reconcile-sdk';
import { createWorld, type World } from '../src/simulation/index.ts';
import { hourMs, installRotas, rotaPlan, rotas } from './operator/rota.ts';

const namespace = 'default';
const { configMaps } = resources;

/** An operator of Rotas in a world of its own. */
async function worldOf(
  seed: number,
  options: { controllers?: boolean; faults?: boolean } = {},
): Promise<World> {
  const world = createWorld({
    seed,
    operator: { name: 'rota', build: (manager) => manager.addPlan(rotaPlan) },
    ...(options.controllers === false ? { server: { controllers: false } } : {}),
  });
  await installRotas(world.users);
  if (options.faults) {
    world.addRule(({ method }) => {
      const dice = world.random.next();
      if (dice < 0.02) return { kind: 'lose-request' };
      return dice < 0.04 && method !== 'GET' ? { kind: 'lose-answer' } : undefined;
    });
  }
  return world;
}

/** One thing that happens to an operator in its life. */
async function disturb({ users, random, server }: World): Promise<void> {
  const key = { namespace, name: `rota-${Math.floor(random.next() * 10)}` };
  const what = Math.floor(random.next() * 6);
  const rota = await users.find(rotas, key);
  if (!rota) {
    await users.create(rotas, { metadata: key, spec: { team: 'blue' } });
  } else if (what === 0) {
    await users.delete(rotas, key);
  } else if (what === 1) {
    // Gone and back under the same name, before anybody has looked.
    await users.delete(rotas, key);
    await users.create(rotas, { metadata: key, spec: { team: 'green' } });
  } else if (what === 2) {
    await users.delete(configMaps, key).catch(() => undefined);
  } else if (what === 3) {
    await users.mergePatch(configMaps, key, { data: { team: 'nobody', theirs: 'x' } }).catch(() => undefined);
  } else if (what === 4) {
    await users.mergePatch(rotas, key, { spec: { team: `team-${Math.floor(random.next() * 5)}` } });
  } else {
    server.store.compact(server.store.revision());
  }
}

/** What is not as it should be; nothing once the operator has had its time. */
async function complaints({ users, clock }: World): Promise<string[]> {
  const parents = (await users.list(rotas, { namespace })).items;
  const maps = (await users.list(configMaps, { namespace })).items;
  const hour = String(Math.floor(clock.now() / hourMs));
  const unowned = maps.filter(
    ({ metadata }) =>
      !parents.some(({ metadata: parent }) => parent?.uid === metadata?.ownerReferences?.[0]?.uid),
  );
  return [
    ...unowned.map(({ metadata }) => `${metadata?.name} is owned by nobody`),
    ...parents.flatMap(({ metadata, spec, status }) => {
      const map = maps.find((each) => each.metadata?.name === metadata?.name);
      if (map?.data?.['hour'] !== hour || map.data['team'] !== spec.team)
        return [`the map of ${metadata?.name}`];
      const isHonest =
        status?.team === spec.team && status.conditions?.[0]?.observedGeneration === metadata?.generation;
      return isHonest ? [] : [`the status of ${metadata?.name}`];
    }),
  ];
}

async function live(world: World, hours: number, crashEvery = Infinity): Promise<void> {
  let process = world.start();
  for (let hour = 1; hour <= hours; hour++) {
    await disturb(world);
    await world.clock.advance(world.random.next() * hourMs);
    if (hour % crashEvery === 0) {
      process.kill();
      process = world.start();
    }
    await disturb(world);
    await world.clock.advance(hourMs / 2);
  }
  // Half past the next hour: everything is written, and nothing is due.
  await world.clock.advance(hourMs - (world.clock.now() % hourMs) + hourMs / 2);
  expect(await complaints(world)).toEqual([]);
  const before = world.points();
  await world.clock.advance(hourMs / 4);
  expect(world.points()).toBe(before);
  expect(world.mishaps).toEqual([]);
  process.kill();
}

describe('a whole operator on the in-process server', () => {
  it('lives for 1,000 hours with its users, and ends as it should be and quiet', async () => {
    const world = await worldOf(1);
    const from = world.clock.now();
    await live(world, 1_010);
    expect(world.clock.now() - from).toBeGreaterThan(1_000 * hourMs);
    expect(world.points()).toBeGreaterThan(10_000);
  }, 600_000);

  it.each([2, 3, 4])(
    'lives with lost requests, lost answers and crashes (seed %i)',
    async (seed) => {
      await live(await worldOf(seed, { faults: true }), 50, 7);
    },
    600_000,
  );

  it('does the same again for the same seed', async () => {
    const run = async (): Promise<unknown[]> => {
      const world = await worldOf(9, { faults: true });
      await live(world, 20, 5);
      return [
        world.points(),
        world.server.store.revision(),
        (await world.users.list(configMaps)).items,
        world.trace.entries(),
      ];
    };
    expect(await run()).toEqual(await run());
  }, 600_000);

  it('would be found out where nobody collects garbage', async () => {
    const world = await worldOf(1, { controllers: false });
    await expect(live(world, 50)).rejects.toThrow('is owned by nobody');
  }, 600_000);
});
