import { describe, expect, it } from '@jest/globals';
import { createSeededRandom } from '@stateful/reconcile-sdk';
import {
  counterExampleText,
  explore,
  findings,
  oracles,
  randomPlan,
  replay,
  runScenario,
  shrinkPlan,
  stateSearch,
  type FaultPlan,
  type Scenario,
} from '../../src/index.ts';
import { brokenRules } from './rules.ts';
import { close, creation, scenarios, shopSystem } from './shop.ts';

const small = creation({ address: 'north', shelves: 0 });
/** Two incarnations of one name, one child. */
const smallWorld: Scenario = {
  name: 'a small shop comes, goes and comes again',
  steps: [small, close, small],
};
const ruleOf = (rule: string) => brokenRules.find((each) => each.rule === rule)!;

describe('the search through the states of a small world', () => {
  it('finds nothing: a crash, one older view, a user who does not wait', async () => {
    const bounds = { 'crash-after': 1, 'stale-restart': 1, 'next-step': 1 };
    const options = { ...stateSearch(bounds), system: shopSystem(), scenario: smallWorld, maxRuns: 400 };
    expect(await findings({ id: 'search', ...options }, console.info)).toEqual([]);
  }, 600_000);

  it('finds an operator that looks at nothing past its cache', async () => {
    const { broken, exploration } = ruleOf('R3');
    const { scenario } = exploration;
    const options = { ...stateSearch({ 'stale-restart': 1 }), system: broken, scenario, stopAfter: 1 };
    const { counterExamples } = await explore(options);
    expect(counterExamples.map(counterExampleText).join()).toContain('O3: secrets. default/a-sign made 2');
  }, 600_000);
});

describe('plans of chance', () => {
  const { scenario } = ruleOf('R12').exploration;

  it.each([1, 2, 3])(
    'seed %i: ten lives with five faults each end well',
    async (seed) => {
      const random = createSeededRandom(seed);
      const system = shopSystem();
      const reference = await runScenario(system, scenarios.life);
      for (let life = 0; life < 10; life++) {
        const faults = randomPlan(random, { points: reference!.points, count: 5 });
        const { problems } = await replay({ system, scenario: scenarios.life }, faults, reference);
        expect({ faults, problems }).toEqual({ faults, problems: [] });
      }
    },
    600_000,
  );

  it('are the same for the same seed, and survive being printed', async () => {
    const draw = (): FaultPlan => randomPlan(createSeededRandom(5), { points: 20, count: 6 });
    expect(draw()).toEqual(draw());
    const faults = JSON.parse(JSON.stringify(draw())) as FaultPlan;
    const traces = [1, 2].map(() => runScenario(shopSystem(), scenarios.life, { faults }));
    const [one, other] = await Promise.all(traces);
    expect(one!.trace).toBe(other!.trace);
    expect(one!.trace).toContain('fault');
  });

  it('shrink to the fault that matters', async () => {
    const { broken } = ruleOf('R12');
    const isWrong = async (faults: FaultPlan): Promise<boolean> =>
      (await replay({ system: broken, scenario, oracles: [oracles[0]!] }, faults)).problems.length > 0;
    const random = createSeededRandom(1);
    let plan: FaultPlan = [];
    while (!(await isWrong(plan))) plan = randomPlan(random, { points: 22, count: 4 });
    const least = await shrinkPlan(plan, isWrong);
    expect(least).toHaveLength(1);
  }, 600_000);
});
