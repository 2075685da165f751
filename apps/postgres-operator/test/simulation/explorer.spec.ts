import { describe, expect, it } from '@jest/globals';
import { customResourceDefinitions } from '@stateful/postgres-api';
import { createSeededRandom } from '@stateful/reconcile-sdk';
import { catalogue, findings, runChain, type MutableSchema, type Strikes } from '@stateful/testing';
import { lives, postgresSystem, sizes } from './system.ts';
import { cluster, postgresClusters } from './world.ts';

/**
 * By default a sample: one fault at every third point, of each kind in turn. EXPLORE_DEPTH=1 tries every fault at
 * every point (hours on a small machine, for some), 2 all pairs.
 */
const depth = process.env['EXPLORE_DEPTH'];
const sampled = (strikes: Strikes): Strikes =>
  depth === undefined
    ? (point) => {
        const all = strikes(point);
        return point % 3 === 0 ? all.slice((point / 3) % all.length).slice(0, 1) : [];
      }
    : strikes;
/** Rest is told by less silence than where real time could pass. */
const run = { quietMs: 20_000, silenceMs: 60_000 };
const say = (text: string): void => void process.stdout.write(`${text}\n`);

describe('the Postgres operator', () => {
  const entries = catalogue(postgresSystem(), lives);
  it.each(entries.map((entry) => [entry.id, entry.title, entry] as const))(
    '%s: %s',
    async (_id, _title, entry) => {
      const bounds = {
        depth: Math.min(Number(depth ?? 1), entry.depth),
        strikes: sampled(entry.strikes),
        run,
      };
      expect(await findings({ ...entry, ...bounds }, say)).toEqual([]);
    },
    600_000,
  );

  const unseen: Strikes = () => [{ do: 'next-step' }];
  it.each(Object.entries(sizes))(
    'S-04: ends as it should when it %s unseen',
    async (_name, scenario) => {
      expect(
        await findings(
          {
            id: 'S-04',
            system: postgresSystem({ claims: false }),
            scenario,
            strikes: sampled(unseen),
            depth: 1,
            run,
          },
          say,
        ),
      ).toEqual([]);
    },
    600_000,
  );

  it('S-11: is as it was after chains of mutations, each taken back', async () => {
    const crd = customResourceDefinitions()[0] as unknown as {
      spec: { versions: { name: string; schema: { openAPIV3Schema: MutableSchema } }[] };
    };
    const version = crd.spec.versions.find(({ name }) => name === postgresClusters.version);
    const chains = Number(process.env['EXPLORE_CHAINS'] ?? 2);
    for (let seed = 1; seed <= chains; seed++) {
      const { problems, mutations, taken } = await runChain({
        system: postgresSystem(),
        parents: postgresClusters,
        seedObject: cluster(),
        schema: version?.schema.openAPIV3Schema.properties?.['spec'] ?? {},
        random: createSeededRandom(seed),
        // A volume never shrinks again, and what it is made of is never changed.
        leave: ['storage.size', 'storage.class', 'storage'],
      });
      say(`S-11: chain ${seed}: ${taken} of ${mutations.length} taken`);
      expect({ seed, problems }).toEqual({ seed, problems: [] });
    }
  }, 600_000);
});
