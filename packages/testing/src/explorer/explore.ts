import { faultPlanText, type Fault, type FaultPlan, type Strike } from '../faults/index.ts';
import { countDifferences, countsOf } from './counts.ts';
import { oracles as allOracles, type Oracle } from './oracles.ts';
import { differences } from './picture.ts';
import { runScenario, type Run, type RunOptions } from './run.ts';
import { type Scenario, type SystemUnderTest } from './system.ts';

/** What is tried at each point of a life. */
export type Strikes = (point: number) => readonly Strike[];

export interface ExploreOptions {
  readonly system: SystemUnderTest;
  readonly scenario: Scenario;
  /** Faults in one run, at most: 1 is every single one, 2 all pairs, 3 all triples. */
  readonly depth: number;
  readonly strikes: Strikes;
  /** Which plans are tried: bounds on how often something happens. Default: all. */
  readonly allows?: (faults: FaultPlan) => boolean;
  /** No further runs after so many; `isComplete` is false then. Default: no limit. */
  readonly maxRuns?: number;
  /** Default: all. */
  readonly oracles?: readonly Oracle[];
  /** Default 1. */
  readonly seed?: number;
  readonly run?: Omit<RunOptions, 'faults' | 'seed'>;
  /**
   * `states` (default): a run is not lived on from where the rest is known. That is when a process starts anew with
   * what stands as another one found it; and when all is as without faults, at the end of a step. It takes for
   * granted that what follows hangs on what stands alone, as it does where nothing is kept in memory (R6).
   * `nothing`: every run is lived to its end.
   */
  readonly merge?: 'states' | 'nothing';
  /** No further runs after so many counter-examples. Default 3. */
  readonly stopAfter?: number;
  /** Told now and then how far it is. */
  readonly onProgress?: (text: string) => void;
}

/** A run that is not as it must be. */
export interface CounterExample {
  /** Given back to `replay`, it happens again. */
  readonly seed: number;
  readonly faults: FaultPlan;
  readonly problems: readonly string[];
  readonly trace: string;
}

export interface Exploration {
  readonly runs: number;
  /** Of those, how many came to a state from which the rest was known. */
  readonly merged: number;
  /** Everything within the bounds was tried. */
  readonly isComplete: boolean;
  /** Points of the run without faults. */
  readonly points: number;
  readonly counterExamples: readonly CounterExample[];
  readonly reference: Run;
}

/** One plan of faults against the run without. */
export async function replay(
  {
    system,
    scenario,
    oracles = allOracles,
    seed = 1,
    run,
  }: Pick<ExploreOptions, 'system' | 'scenario' | 'oracles' | 'seed' | 'run'>,
  faults: FaultPlan,
  reference?: Run,
): Promise<{ run: Run; problems: string[] }> {
  const calm = reference ?? (await live(system, scenario, { ...run, seed }));
  const found = await live(system, scenario, { ...run, seed, faults });
  return { run: found, problems: oracles.flatMap((oracle) => oracle(found, calm, system)) };
}

/** A run that nothing cuts short. */
async function live(system: SystemUnderTest, scenario: Scenario, options: RunOptions): Promise<Run> {
  const { atRestart: _atRestart, isKnown: _isKnown, ...rest } = options;
  return (await runScenario(system, scenario, rest))!;
}

/**
 * Tries every plan of up to `depth` faults. Faults of a plan come one after the other; where the second may strike
 * is taken from the run with the first alone, which may be longer than the one without.
 */
export async function explore(options: ExploreOptions): Promise<Exploration> {
  const {
    system,
    scenario,
    depth,
    strikes,
    oracles = allOracles,
    seed = 1,
    stopAfter = 3,
    maxRuns = Infinity,
  } = options;
  const reference = await live(system, scenario, { ...options.run, seed });
  const counterExamples: CounterExample[] = [];
  const merges = (options.merge ?? 'states') === 'states';
  const known = new Set<string>();
  let runs = 0;
  let merged = 0;
  const count = (): void => {
    runs++;
    if (runs % 100 === 0)
      options.onProgress?.(`${scenario.name}: ${runs} runs, ${counterExamples.length} counter-examples`);
  };
  const check = (run: Run): void => {
    count();
    const problems = oracles.flatMap((oracle) => oracle(run, reference, system));
    if (problems.length > 0) counterExamples.push({ seed, faults: run.faults, problems, trace: run.trace });
  };
  const result = (isComplete: boolean): Exploration => ({
    isComplete,
    runs,
    merged,
    points: reference.points,
    counterExamples,
    reference,
  });
  check(reference);
  /** As it was without faults: pictures and counts. */
  const isAsCalm: RunOptions['isKnown'] = (step, end, changes) => {
    const calm = reference.ends[step];
    return (
      calm !== undefined &&
      differences(end, calm).length === 0 &&
      countDifferences(
        countsOf(changes, system),
        countsOf(reference.changes.slice(0, reference.changesAt[step]), system),
      ).length === 0
    );
  };
  /** A process that died leaves nothing behind but what stands; where faults are counted, so are those that are left. */
  const cutsOf = (faults: FaultPlan): Partial<RunOptions> =>
    merges
      ? {
          isKnown: isAsCalm,
          ...(faults.every(isMomentary)
            ? {
                atRestart(state) {
                  const spent = options.allows ? faults.map((fault) => fault.do).toSorted() : [];
                  const name = `${spent.join()} ${state}`;
                  if (known.has(name)) return false;
                  known.add(name);
                  return true;
                },
              }
            : {}),
        }
      : {};

  // Level by level: a counter-example with one fault says more than one with two.
  let level: { faults: FaultPlan; points: number }[] = [{ faults: [], points: reference.points }];
  for (let faultCount = 1; faultCount <= depth && level.length > 0; faultCount++) {
    const next: typeof level = [];
    for (const { faults: prefix, points } of level) {
      for (let at = (prefix.at(-1)?.at ?? 0) + 1; at <= points; at++) {
        for (const strike of strikes(at)) {
          if (counterExamples.length >= stopAfter || runs >= maxRuns) return result(false);
          const faults: Fault[] = [...prefix, { at, ...strike }];
          if (options.allows?.(faults) === false) continue;
          const run = await runScenario(system, scenario, {
            ...options.run,
            ...cutsOf(faults),
            seed,
            faults,
          });
          if (run) {
            check(run);
            next.push({ faults, points: run.points });
          } else {
            count();
            merged++;
          }
        }
      }
    }
    level = next;
  }
  return result(true);
}

/** What outlives the process that met it, and does not show in what stands. */
const lasting = new Set<Strike['do']>(['freeze', 'miss', 'second-leader', 'pause', 'reversed-restart']);
const isMomentary = (fault: Strike): boolean => !lasting.has(fault.do);

/** Every write may be the last of its process. */
export const crashes: Strikes = () => [{ do: 'crash-before' }, { do: 'crash-after' }];

/** For people, and for a bug report: what happened, what is wrong, and how to see it again. */
export const counterExampleText = ({ seed, faults, problems, trace }: CounterExample): string =>
  [
    ...problems,
    '',
    faultPlanText(faults),
    '',
    trace,
    '',
    `to see it again: seed ${seed}, faults ${JSON.stringify(faults)}`,
  ].join('\n');
