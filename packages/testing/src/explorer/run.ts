import { describeError } from '@stateful/reconcile-sdk';
import { type Change } from '../api-server/index.ts';
import { applyFaults, type FaultPlan } from '../faults/index.ts';
import { createWorld, traceText, type Exchange, type World } from '../simulation/index.ts';
import { takePicture, type Picture } from './picture.ts';
import { type Scenario, type SystemUnderTest } from './system.ts';

/** One life of an operator, and what was seen of it. */
export interface Run {
  readonly faults: FaultPlan;
  readonly points: number;
  /** What stood at the end of each step; undefined where the user did not wait for it, or the run ended before. */
  readonly ends: readonly (Picture | undefined)[];
  /** How many changes had been stored by then. */
  readonly changesAt: readonly number[];
  /** The operator did not come to rest after these steps. */
  readonly restless: readonly string[];
  /** Points in the long quiet time at the end. */
  readonly lateWrites: readonly string[];
  readonly exchanges: readonly Exchange[];
  readonly changes: readonly Change[];
  readonly mishaps: readonly string[];
  /** For people. */
  readonly trace: string;
}

export interface RunOptions {
  readonly faults?: FaultPlan;
  readonly seed?: number;
  /** Nothing happens for so long: it has come to rest. Default 90 s. */
  readonly quietMs?: number;
  /** It has to come to rest within, after each step. Default 10 min. */
  readonly withinMs?: number;
  /** What it may not write in, at the end. Default 10 min. */
  readonly silenceMs?: number;
  /** Before anything runs: what tests plant. */
  readonly prepare?: (world: World) => void;
  /** Told what stands when a process is about to take the place of one that died; false: this is known already. */
  readonly atRestart?: (state: string) => boolean;
  /** Told at the end of a step that all faults came before: true says that all that follows is known. */
  readonly isKnown?: (step: number, end: Picture, changes: readonly Change[]) => boolean;
}

/** Lives a scenario through under a plan of faults; undefined when it came to a state that is known. */
export async function runScenario(
  system: SystemUnderTest,
  scenario: Scenario,
  options: RunOptions = {},
): Promise<Run | undefined> {
  const { faults = [], seed = 1, quietMs = 90_000, withinMs = 600_000, silenceMs = 600_000 } = options;
  const world = createWorld({ operator: system.operator, seed });
  await system.setUp(world);
  options.prepare?.(world);
  const { steps } = scenario;
  const ends: (Picture | undefined)[] = steps.map(() => undefined);
  const changesAt: number[] = [];
  const restless: string[] = [];
  let done = 0;
  let isKnown = false;
  async function nextStep(): Promise<void> {
    const step = steps[done];
    if (!step) return;
    done++;
    world.trace.add('user', step.name);
    // A user whose step fails is a mistake of the scenario, and is told like any other.
    await step
      .run(world.users, world)
      .catch((error: unknown) => world.complain(`"${step.name}" failed: ${describeError(error)}`));
  }
  const haveStruck = (): boolean => faults.every(({ at }) => at <= world.points());
  applyFaults(faults, {
    world,
    nextStep,
    mayRestart(revision) {
      if (!options.atRestart || !haveStruck()) return true;
      const now = [...takePicture(world, system, { whole: true })].join();
      const cached =
        revision === undefined ? '' : [...takePicture(world, system, { whole: true, revision })].join();
      isKnown = !options.atRestart(`${done} ${now} ${cached}`);
      return !isKnown;
    },
  });
  world.start();
  // Silence while something is held back is not rest.
  const held = Math.max(0, ...faults.map((fault) => ('forMs' in fault ? fault.forMs : 0)));
  while (done < steps.length) {
    await nextStep();
    const isQuiet = await world.settle({ quietMs: quietMs + held, withinMs: withinMs + 2 * held });
    if (isKnown) return undefined;
    const end = takePicture(world, system);
    ends[done - 1] = end;
    changesAt[done - 1] = world.changes.length;
    if (!isQuiet) restless.push(steps[done - 1]!.name);
    else if (haveStruck() && options.isKnown?.(done - 1, end, world.changes)) break;
  }
  const points = world.points();
  const entries = world.trace.entries().length;
  await world.clock.advance(silenceMs);
  const late = world.points() === points ? [] : world.trace.entries().slice(entries);
  for (const process of world.processes()) process.kill();
  return {
    faults,
    points,
    ends,
    changesAt,
    restless,
    lateWrites: late.map(({ what }) => what),
    exchanges: world.exchanges,
    changes: world.changes,
    mishaps: world.mishaps,
    get trace() {
      return traceText(world.trace.entries());
    },
  };
}
