import { describe, expect, it } from '@jest/globals';
import { resources } from '@stateful/reconcile-sdk';
import {
  countsOf,
  createWorld,
  differences,
  liveThroughIllness,
  takePicture,
  type SystemUnderTest,
  type World,
} from '../../src/index.ts';
import { open, scenarios, set, shopKey, shops, shopSystem, type Shop } from './shop.ts';

const { configMaps, leases } = resources;
const namespace = 'default';
const second = 1_000;
const minute = 60 * second;

async function worldOf(system: SystemUnderTest, processes = 1): Promise<World> {
  const world = createWorld({ operator: system.operator });
  await system.setUp(world);
  for (let index = 0; index < processes; index++) world.start();
  return world;
}
async function openShop(): Promise<{ world: World; system: SystemUnderTest }> {
  const system = shopSystem();
  const world = await worldOf(system);
  await open.run(world.users, world);
  expect(await world.settle()).toBe(true);
  return { world, system };
}
const view = (world: World) => world.processes().at(-1)!.view;
const shelf = { namespace, name: 'a-shelf-0' };
const readyOf = ({ status }: Shop) => status?.conditions?.find(({ type }) => type === 'Ready');

describe('S-04: what the operator never sees', () => {
  it.each([scenarios.grow, scenarios.shrink])('$name: leaves nothing behind', async ({ steps }) => {
    const { world, system } = await openShop();
    const before = takePicture(world, system);
    const counts = countsOf(world.changes, system);
    view(world).freeze('shops');
    for (const step of steps.slice(1)) await step.run(world.users, world);
    view(world).release('shops', 'gone');
    expect(await world.settle()).toBe(true);
    expect(differences(takePicture(world, system), before)).toEqual([]);
    expect(countsOf(world.changes, system)).toEqual(counts);
  });
});

describe('S-05: a child is deleted while its watch is broken', () => {
  it('is made again when the watch ends with 410', async () => {
    const { world } = await openShop();
    view(world).freeze('configmaps');
    await world.users.delete(configMaps, shelf);
    await world.clock.advance(5 * second);
    view(world).release('configmaps', 'gone');
    await world.clock.advance(second);
    expect(await world.users.find(configMaps, shelf)).toBeDefined();
  });

  it('is made again within 90 s when the watch hangs silently', async () => {
    const { world } = await openShop();
    // A watch has just been heard, so all its patience is ahead.
    view(world).hang('configmaps');
    await world.users.delete(configMaps, shelf);
    const from = world.clock.monotonic();
    while (!(await world.users.find(configMaps, shelf))) await world.clock.advance(second);
    expect(world.clock.monotonic() - from).toBeLessThan(90 * second);
  });
});

describe('S-06: an object of that name is there already', () => {
  it('is left alone when it is foreign; the condition says so, and the rest goes on', async () => {
    const world = await worldOf(shopSystem());
    await world.users.create(configMaps, { metadata: shelf, data: { of: 'somebody else' } });
    await open.run(world.users, world);
    await world.clock.advance(minute);
    expect((await world.users.get(configMaps, shelf)).data).toEqual({ of: 'somebody else' });
    const ready = readyOf(await world.users.get(shops, shopKey));
    expect(ready).toMatchObject({ status: 'False', reason: 'ForeignObject' });
    expect(ready?.message).toContain('a-shelf-0');
    expect(await world.users.find(configMaps, { namespace, name: 'a-shelf-1' })).toBeDefined();
    await world.users.delete(configMaps, shelf);
    await world.clock.advance(2 * minute);
    expect(readyOf(await world.users.get(shops, shopKey))).toMatchObject({ status: 'True' });
  });

  it('is waited for when it is going', async () => {
    const { world } = await openShop();
    await world.users.mergePatch(configMaps, shelf, { metadata: { finalizers: ['example.com/held'] } });
    await world.users.delete(configMaps, shelf);
    const { uid } = (await world.users.get(configMaps, shelf)).metadata!;
    await world.clock.advance(minute);
    expect((await world.users.get(configMaps, shelf)).metadata?.uid).toBe(uid);
    await world.users.mergePatch(configMaps, shelf, { metadata: { finalizers: [] } });
    await world.clock.advance(minute);
    expect((await world.users.get(configMaps, shelf)).metadata?.uid).not.toBe(uid);
  });
});

describe('S-07: somebody else writes the same object all the time', () => {
  it('does not make a storm, and does not hold up others', async () => {
    const { world, system } = await openShop();
    const other = { namespace, name: 'b' };
    await world.users.create(shops, { metadata: other, spec: { address: 'west', shelves: 1 } });
    await world.settle();
    const before = takePicture(world, system);
    let updates = 0;
    const isOfA = (path: string): boolean => /\/(a|a-[a-z0-9-]+)(\/status)?$/.test(path);
    const stop = world.addRule((call) =>
      call.kind === 'write' && isOfA(call.path) && updates++ % 2 === 0
        ? { kind: 'refuse', status: 409 }
        : undefined,
    );
    const from = world.exchanges.length;
    const waits: number[] = [];
    for (let at = 0; at < 300; at++) {
      await world.users.mergePatch(shops, shopKey, { metadata: { labels: { at: String(at) } } });
      await set('', { shelves: (at % 3) + 1 }).run(world.users);
      if (at % 10 === 0) {
        const shelves = 1 + ((at / 10) % 4);
        await world.users.mergePatch(shops, other, { spec: { shelves } });
        const began = world.clock.monotonic();
        const isMade = async (): Promise<boolean> =>
          (await world.users.list(configMaps, { namespace })).items.filter(({ metadata }) =>
            metadata?.name?.startsWith('b-shelf'),
          ).length === shelves;
        while (!(await isMade())) await world.clock.advance(50);
        waits.push(world.clock.monotonic() - began);
      }
      await world.clock.advance(second - (world.clock.monotonic() % second));
    }
    const tries = world.exchanges.slice(from).filter(({ call }) => call.kind === 'write' && isOfA(call.path));
    console.info(
      `S-07: ${tries.length} writes of the object in 300 s, others waited at most ${Math.max(...waits)} ms`,
    );
    expect(Math.max(...waits)).toBeLessThan(5 * second);
    stop();
    await set('', { shelves: 2 }).run(world.users);
    await world.users.mergePatch(shops, shopKey, { metadata: { labels: null } });
    await world.users.mergePatch(shops, other, { spec: { shelves: 1 } });
    expect(await world.settle()).toBe(true);
    expect(differences(takePicture(world, system), before)).toEqual([]);
  }, 600_000);
});

describe('S-08: the API server is ill', () => {
  it('is asked less than a tenth as often, and all is well again without help', async () => {
    const { well, unavailable, throttled, world } = await liveThroughIllness({
      system: shopSystem(),
      async populate({ users }) {
        for (let index = 0; index < 50; index++) {
          await users.create(shops, {
            metadata: { namespace, name: `s${index}` },
            spec: { address: `street ${index}`, shelves: 1 },
          });
        }
      },
      async change({ users }, at) {
        for (const name of [`s${at % 50}`, `s${(at + 25) % 50}`])
          await users.mergePatch(shops, { namespace, name }, { spec: { shelves: (at % 3) + 1 } });
      },
    });
    const rates = [well, unavailable, throttled].map((rate) => rate.toFixed(1));
    console.info(`S-08: ${rates.join(', ')} requests a second: well, 503, 429`);
    expect(Math.max(unavailable, throttled)).toBeLessThan(well / 10);
    expect(await world.settle({ quietMs: 2 * minute })).toBe(true);
    const { items } = await world.users.list(shops);
    expect(items.filter((shop) => readyOf(shop)?.status !== 'True')).toEqual([]);
    expect(world.mishaps).toEqual([]);
  }, 600_000);
});

describe('S-09: the leader loses the Lease alone', () => {
  it('writes nothing once its successor has begun, and little before', async () => {
    const { operator, ...rest } = shopSystem();
    const system = { ...rest, operator: { ...operator, election: true } };
    const world = await worldOf(system, 2);
    await world.clock.advance(minute);
    await open.run(world.users, world);
    await world.clock.advance(10 * second);
    const holder = async (): Promise<string | undefined> =>
      (await world.users.get(leases, { namespace, name: 'shop-operator-leader' })).spec?.holderIdentity;
    const old = await holder();
    expect(old).toBeDefined();
    world.addRule((call, { name }) =>
      call.kind === 'lease' && name === old && call.method !== 'GET' ? { kind: 'lose-request' } : undefined,
    );
    const from = world.exchanges.length;
    const lost = world.clock.monotonic();
    for (let at = 0; at < 120; at++) {
      await set('', { shelves: (at % 3) + 1 }).run(world.users);
      await world.clock.advance(second);
    }
    expect(await holder()).not.toBe(old);
    const writes = world.exchanges.slice(from).filter(({ call }) => call.kind === 'write');
    const lastOfOld = Math.max(...writes.filter(({ process }) => process === old).map(({ at }) => at));
    const firstOfNew = Math.min(...writes.filter(({ process }) => process !== old).map(({ at }) => at));
    console.info(
      `S-09: the old leader wrote for ${(lastOfOld - lost) / second} s, the new one began after ${(firstOfNew - lost) / second} s`,
    );
    expect(lastOfOld).toBeLessThan(firstOfNew);
    // By its own clock, before a Lease of 15 s that was renewed at most 2 s ago can end.
    expect(lastOfOld - lost).toBeLessThan(15 * second);
  }, 600_000);
});
