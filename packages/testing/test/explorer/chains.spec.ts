import { describe, expect, it } from '@jest/globals';
import { createSeededRandom } from '@stateful/reconcile-sdk';
import { mutationsOf, runChain } from '../../src/index.ts';
import { schema, shopKey, shopPlan, shops, shopSystem, type Shop } from './shop.ts';

const seedObject: Shop = {
  metadata: shopKey,
  spec: { address: 'north', shelves: 2, sign: 'hello' },
};
const specSchema = schema.properties.spec;

describe('S-11: chains of mutations, each taken back', () => {
  it('are made from the schema: within bounds, at them, beyond them, of another type, gone', () => {
    const texts = mutationsOf(specSchema, seedObject.spec).map(({ text }) => text);
    expect(texts).toEqual(
      expect.arrayContaining([
        'shelves: 2 becomes 4',
        'shelves: 2 becomes 5',
        'shelves: 2 becomes -1',
        'shelves: 2 becomes "a text"',
        'sign: "hello" becomes absent',
        'address: "north" becomes ""',
      ]),
    );
  });

  it('leave a small operator as it was, 15 chains of 10', async () => {
    let taken = 0;
    let tried = 0;
    for (let seed = 1; seed <= 15; seed++) {
      const random = createSeededRandom(seed);
      const result = await runChain({
        system: shopSystem(),
        parents: shops,
        seedObject,
        schema: specSchema,
        random,
      });
      expect({ seed, problems: result.problems }).toEqual({ seed, problems: [] });
      taken += result.taken;
      tried += result.mutations.length;
    }
    console.info(`S-11: ${tried} mutations, ${taken} of them taken`);
    // Both are tried, or nothing was.
    expect(taken).toBeGreaterThan(30);
    expect(tried - taken).toBeGreaterThan(30);
  }, 600_000);

  it('find an operator that waits for something that never comes before it takes a spec back', async () => {
    // Once there are too many shelves it does nothing any more: the commonest way not to recover.
    const system = shopSystem((town, outside) => {
      const plan = shopPlan(town, outside);
      const stuck = new Set<string>();
      return {
        ...plan,
        plan(view, now) {
          const uid = view.shop.metadata?.uid ?? '';
          if (view.shop.spec.shelves > 2) stuck.add(uid);
          const usual = plan.plan(view, now);
          return stuck.has(uid) ? { ...usual, children: 'leave', status: view.shop.status ?? {} } : usual;
        },
      };
    });
    const found: string[] = [];
    for (let seed = 1; seed <= 10; seed++) {
      const random = createSeededRandom(seed);
      found.push(
        ...(await runChain({ system, parents: shops, seedObject, schema: specSchema, random })).problems,
      );
    }
    expect(found).toContainEqual(expect.stringMatching(/shelves: 2 becomes \d \(taken\), taken back/));
  }, 600_000);
});
