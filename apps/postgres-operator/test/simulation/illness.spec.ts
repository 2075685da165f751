import { describe, expect, it } from '@jest/globals';
import { createWorld, type World } from '@stateful/testing';
import { postgresSystem } from './system.ts';
import { cluster, namespace, postgresClusters } from './world.ts';

const second = 1_000;
const minute = 60 * second;
const clusters = 6;

interface Illness {
  status: number;
  retryAfterS?: number;
}

/** Small clusters, of which people change two each second, and an API server that can be made ill for the operator. */
async function busyTown() {
  const { operator, setUp } = postgresSystem();
  const world: World = createWorld({ operator });
  await setUp(world);
  world.start();
  const names = Array.from({ length: clusters }, (_, index) => `pg${index}`);
  for (const name of names) await world.users.create(postgresClusters, cluster({ replicas: 1 }, name));
  expect(await world.settle({ quietMs: 20 * second })).toBe(true);
  let tries = 0;
  let round = 0;
  let illness: Illness | undefined;
  world.addRule(({ kind }) => {
    if (kind === 'lease') return undefined;
    tries++;
    return illness && { kind: 'refuse', ...illness };
  });
  return {
    world,
    /** Gives requests of the operator a second. */
    async live(seconds: number, ill?: Illness): Promise<number> {
      illness = ill;
      const from = tries;
      for (let at = 0; at < seconds; at++) {
        for (const name of [names[round % clusters]!, names[(round + 3) % clusters]!]) {
          const parameters = { work_mem: `${4 + (round % 60)}MB` };
          await world.users.mergePatch(postgresClusters, { namespace, name }, { spec: { parameters } });
        }
        round++;
        await world.clock.advance(second);
      }
      illness = undefined;
      return (tries - from) / seconds;
    },
  };
}

describe('S-08: the API server is ill while people go on changing Postgres clusters', () => {
  it('is asked less than a tenth as often, and all is well again without help', async () => {
    const { world, live } = await busyTown();
    const normal = await live(30);
    const unavailable = await live(180, { status: 503 });
    const throttled = await live(120, { status: 429, retryAfterS: 10 });
    process.stdout.write(
      `S-08: ${[normal, unavailable, throttled].map((rate) => rate.toFixed(2)).join(', ')} requests a second: well, 503, 429\n`,
    );
    expect(unavailable).toBeLessThan(normal / 10);
    expect(throttled).toBeLessThan(normal / 10);
    expect(await world.settle({ quietMs: minute })).toBe(true);
    const { items } = await world.users.list(postgresClusters);
    const ready = items.map(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.status);
    expect(ready).toEqual(Array.from({ length: clusters }, () => 'True'));
    expect(world.mishaps).toEqual([]);
  }, 600_000);
});
