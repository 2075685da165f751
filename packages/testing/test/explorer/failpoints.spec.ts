import { describe, expect, it } from '@jest/globals';
import { crashes, explore, withFailpoints } from '../../src/index.ts';
import { scenarios, shopPlan, shopSystem } from './shop.ts';

describe('failpoints', () => {
  it('stand before and after every request of a saga, and are points like any other', async () => {
    const names: string[] = [];
    const system = shopSystem((town, outside) =>
      withFailpoints(shopPlan(town, outside), async (name) => {
        names.push(name);
        await outside.change(name, () => undefined);
      }),
    );
    const found = await explore({ system, scenario: scenarios.life, strikes: crashes, depth: 1 });
    expect(found.counterExamples).toEqual([]);
    expect(new Set(names)).toEqual(
      new Set(
        ['move/claim', 'move/release', 'leave/release'].flatMap((step) => [
          `${step}/act/before`,
          `${step}/act/after`,
        ]),
      ),
    );
  }, 600_000);

  it('can hold a saga, and let it fail and turn back', async () => {
    const system = shopSystem((town, outside) =>
      withFailpoints(shopPlan(town, outside), (name) =>
        name === 'move/claim/act/after' ? Promise.reject(new Error('made to fail')) : Promise.resolve(),
      ),
    );
    // The effect is there though its answer never comes: the step finds it.
    const found = await explore({ system, scenario: scenarios.life, strikes: () => [], depth: 1 });
    expect(found.counterExamples).toEqual([]);
  });
});
