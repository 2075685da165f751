import { describe, expect, it } from '@jest/globals';
import { liveThroughIllness } from '@stateful/testing';
import { postgresSystem } from './system.ts';
import { cluster, namespace, postgresClusters } from './world.ts';

const minute = 60_000;
const names = Array.from({ length: 6 }, (_, index) => `pg${index}`);

describe('S-08: the API server is ill while people go on changing Postgres clusters', () => {
  it('is asked less than a tenth as often, and all is well again without help', async () => {
    const { well, unavailable, throttled, world } = await liveThroughIllness({
      system: postgresSystem(),
      async populate({ users }) {
        for (const name of names) await users.create(postgresClusters, cluster({ replicas: 1 }, name));
      },
      async change({ users }, at) {
        for (const name of [names[at % names.length]!, names[(at + 3) % names.length]!]) {
          const parameters = { work_mem: `${4 + (at % 60)}MB` };
          await users.mergePatch(postgresClusters, { namespace, name }, { spec: { parameters } });
        }
      },
    });
    process.stdout.write(
      `S-08: ${[well, unavailable, throttled].map((rate) => rate.toFixed(2)).join(', ')} requests a second: well, 503, 429\n`,
    );
    expect(unavailable).toBeLessThan(well / 10);
    expect(throttled).toBeLessThan(well / 10);
    expect(await world.settle({ quietMs: minute })).toBe(true);
    const { items } = await world.users.list(postgresClusters);
    const ready = items.map(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready')?.status);
    expect(ready).toEqual(names.map(() => 'True'));
    expect(world.mishaps).toEqual([]);
  }, 600_000);
});
