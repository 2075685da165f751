import { createWorld, type World } from '../simulation/index.ts';
import { type SystemUnderTest } from './system.ts';

const second = 1_000;

export interface IllnessOptions {
  readonly system: Pick<SystemUnderTest, 'operator' | 'setUp'>;
  /** People make what the operator is to look after. */
  readonly populate: (world: World) => Promise<unknown>;
  /** People change something in each second, also while the server is ill for the operator. `at` counts from 0. */
  readonly change: (world: World, at: number) => Promise<unknown>;
}

/** Requests of the operator a second, elections left out. */
export interface IllnessRates {
  readonly well: number;
  /** 503 to everything, for three minutes. */
  readonly unavailable: number;
  /** 429 with Retry-After of 10 s to everything, for two minutes. */
  readonly throttled: number;
  /** As it was left: with the server well, and nothing settled yet. */
  readonly world: World;
}

/** S-08: lives through a time in which the API server refuses all that the operator asks. Throws when it never settles first. */
export async function liveThroughIllness({
  system,
  populate,
  change,
}: IllnessOptions): Promise<IllnessRates> {
  const world = createWorld({ operator: system.operator });
  await system.setUp(world);
  world.start();
  await populate(world);
  if (!(await world.settle({ quietMs: 20 * second })))
    throw new Error('it did not settle before the illness');
  let tries = 0;
  let at = 0;
  let illness: { status: number; retryAfterS?: number } | undefined;
  world.addRule(({ kind }) => {
    if (kind === 'lease') return undefined;
    tries++;
    return illness && { kind: 'refuse', ...illness };
  });
  async function live(seconds: number, ill?: typeof illness): Promise<number> {
    illness = ill;
    const from = tries;
    for (let now = 0; now < seconds; now++) {
      await change(world, at++);
      await world.clock.advance(second);
    }
    illness = undefined;
    return (tries - from) / seconds;
  }
  return {
    well: await live(30),
    unavailable: await live(180, { status: 503 }),
    throttled: await live(120, { status: 429, retryAfterS: 10 }),
    world,
  };
}
