import { describe, expect, it } from '@jest/globals';
import { reconcilePlan } from '../src/plan/index.ts';
import { nextOperation } from '../src/plan/operation/next-operation.ts';
import { runEffect } from '../src/plan/operation/run-operation.ts';
import {
  lookFaults,
  pointFaults,
  runToy,
  violations,
  type Fault,
  type Look,
  type ToyStep,
  type World,
} from './plan-operation-world.ts';

/** Definitions of all shapes: requests, effects of the plan itself, mere waiting, and a point of no return. */
const sagas: Record<string, ToyStep[]> = {
  'three steps': [
    { name: 'a', how: 'acts' },
    { name: 'b', how: 'drives' },
    { name: 'c', how: 'acts' },
  ],
  'four steps with a point of no return': [
    { name: 'a', how: 'acts' },
    { name: 'w', how: 'waits' },
    { name: 'b', how: 'acts', pointOfNoReturn: true },
    { name: 'c', how: 'acts' },
  ],
  'six steps': [
    { name: 'a', how: 'drives' },
    { name: 'b', how: 'acts' },
    { name: 'w', how: 'waits' },
    { name: 'c', how: 'acts' },
    { name: 'd', how: 'drives' },
    { name: 'e', how: 'acts' },
  ],
};
const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** Every fault at every point that a run without faults has, and a few beyond: faults make runs longer. */
async function faultsOf(steps: readonly ToyStep[]): Promise<Fault[]> {
  const calm = await runToy(steps, []);
  const more = 3;
  return [
    ...pointFaults.flatMap((kind) => range(calm.points + more).map((at) => ({ kind, at }))),
    ...lookFaults.flatMap((kind) => range(calm.looks + more).map((at) => ({ kind, at }))),
  ];
}
const pairsOf = (faults: readonly Fault[]): Fault[][] =>
  faults.flatMap((one, index) => faults.slice(index + 1).map((other) => [one, other]));

/** Runs that end otherwise than they may, in words. */
async function explore(
  steps: readonly ToyStep[],
  runs: readonly (readonly Fault[])[],
  look?: Look,
  world?: World,
): Promise<{ wrong: string[]; phases: Record<string, number> }> {
  const wrong: string[] = [];
  const phases: Record<string, number> = {};
  for (const faults of runs) {
    const text = faults.map(({ kind, at }) => `${kind} at ${at}`).join(' and ');
    try {
      const result = await runToy(steps, faults, look, world);
      phases[result.phase] = (phases[result.phase] ?? 0) + 1;
      const found = violations(steps, result, faults);
      if (found.length > 0) wrong.push(`${text}: ${found.join('; ')} (${result.took.join(', ')})`);
    } catch (error) {
      wrong.push(`${text}: ${String(error)}`);
    }
  }
  return { wrong, phases };
}

describe.each(Object.entries(sagas))('an operation of %s', (_, steps) => {
  it('runs to its end when nothing happens, one request per step', async () => {
    const result = await runToy(steps, []);
    const effects = steps.filter(({ how }) => how !== 'waits').map(({ name }) => `act ${name}`);
    expect(result).toMatchObject({ phase: 'Succeeded', took: effects });
    expect([...result.asked.values()]).toEqual(steps.filter(({ how }) => how === 'acts').map(() => 1));
  });

  it('ends all done or all undone after every single fault and every pair of faults', async () => {
    const faults = await faultsOf(steps);
    const runs = [...faults.map((fault) => [fault]), ...pairsOf(faults)];
    const { wrong, phases } = await explore(steps, runs);
    expect(wrong).toEqual([]);
    // All ends are reached, or nothing was tested.
    expect(Object.keys(phases).sort()).toEqual(['Cancelled', 'Failed', 'Never', 'Succeeded']);
    console.info(`${runs.length} runs:`, phases);
  }, 120_000);
});

/** Makes the request first and stores what came of it. */
const hasty: Look = async (definition, parent, input) => {
  const view = await definition.observe(parent, input);
  const plan = definition.plan(view, input.now);
  const decision = nextOperation(parent.status ?? {}, {
    uid: 'u',
    definitions: definition.operations ?? [],
    wanted: plan.operation,
    view,
    now: input.now,
    epoch: input.epoch ?? 0,
  });
  let record = decision.status.operation;
  if (decision.effect && record) {
    ({ record } = await runEffect(record, decision.effect, {
      uid: 'u',
      view,
      signal: input.signal,
      now: () => input.now,
    }));
  }
  await input.client.apply(definition.resource, {
    metadata: parent.metadata!,
    status: { ...decision.status, ...(record ? { operation: record } : {}) },
  });
};

/** Takes nothing for done before it was asked for and answered. */
const blind: Look = (definition, parent, input) =>
  reconcilePlan(
    {
      ...definition,
      observe: async (object, context) => {
        const view = await definition.observe(object, context);
        if (object.status?.operation?.asked) return view;
        const asks = definition.operations?.flatMap((each) => each.steps).filter((step) => step.act);
        return { ...view, ...Object.fromEntries((asks ?? []).map(({ name }) => [name, false])) };
      },
    },
    parent,
    input,
  );

describe('the explorer finds what is wrong', () => {
  const steps = sagas['three steps']!;
  const findings = async (kinds: readonly Fault['kind'][], look?: Look, world?: World): Promise<string[]> => {
    const faults = (await faultsOf(steps)).filter(({ kind }) => kinds.includes(kind));
    return (await explore(steps, pairsOf(faults), look, world)).wrong;
  };

  it('when the request is made before its intent is stored', async () => {
    expect(await findings(['crash-after', 'withdrawn'], hasty)).toContainEqual(
      expect.stringMatching(/Never, but there is: a/),
    );
  });

  it('when a step does not look for its own effect first', async () => {
    expect(await findings(['crash-after'], blind)).toContainEqual(
      expect.stringMatching(/was asked for 2 times/),
    );
  });

  it('when the outside takes requests with older fences', async () => {
    expect(await findings(['delayed', 'withdrawn'], undefined, { ignoresFences: true })).toContainEqual(
      expect.stringMatching(/Cancelled, but there is: a/),
    );
  });

  it('when the server takes a record made from an older one', async () => {
    expect(
      await findings(['stale', 'takeover', 'withdrawn'], undefined, { ignoresVersions: true }),
    ).toContainEqual(expect.stringMatching(/Cancelled, but there is: b/));
  });
});
