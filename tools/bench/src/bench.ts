import { cpus, release, totalmem, type } from 'node:os';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, kubernetesVersion, type Log } from '@stateful/local-cluster';
import { buildOurs } from './build/build-ours.ts';
import { buildTheirs } from './build/build-theirs.ts';
import { type Contestant, type ContestantName } from './contestant/contestant.ts';
import { type Result } from './report/result.ts';
import { turnsOf, type Sample, type Turn } from './rounds.ts';
import { openArena, type Arena } from './scenario/arena.ts';
import { type Scenario } from './scenario/scenario.ts';
import { fullSizes, quickSizes } from './scenario/sizes.ts';

export type BenchOptions = {
  readonly scenarios: readonly Scenario[];
  readonly contestants: readonly ContestantName[];
  readonly rounds: number;
  readonly quick: boolean;
  /** Folder for CPU profiles of ours, one for each process and thread. Profiling costs: the figures are not for the page. */
  readonly profiles?: string;
  readonly log: Log;
};

/** Builds both, starts one API server, and measures. What fails is a problem of the result, and the rest goes on. */
export async function bench({ scenarios, rounds, quick, log, ...options }: BenchOptions): Promise<Result> {
  const sizes = quick ? quickSizes : fullSizes;
  mkdirSync(cacheDir('bench'), { recursive: true });
  const folder = mkdtempSync(cacheDir('bench', 'run-'));
  const samples: Sample[] = [];
  const problems: string[] = [];
  let contestants: readonly Contestant[] = [];
  try {
    contestants = await build(options, folder, log);
    const arena = await openArena(sizes, folder, log);
    try {
      for (const turn of turnsOf(scenarios, contestants, rounds)) {
        const name = `${turn.scenario.key}, round ${turn.round + 1}, ${turn.contestant.name}`;
        try {
          samples.push(await measure(arena, turn));
          log(`${name}: ${JSON.stringify(samples.at(-1)?.figures)}`);
        } catch (error) {
          problems.push(`${name}: ${(error as Error).message}`);
          log(`FAILED ${problems.at(-1)}`);
        }
      }
    } finally {
      await arena.close();
    }
  } finally {
    if (problems.length === 0) rmSync(folder, { recursive: true, force: true });
    else log(`logs of the operators: ${folder}`);
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    kubernetes: kubernetesVersion,
    rounds,
    quick,
    sizes,
    contestants: contestants.map(({ name, title }) => ({ name, title })),
    samples,
    problems,
  };
}

async function build(
  { contestants: names, profiles }: Pick<BenchOptions, 'contestants' | 'profiles'>,
  folder: string,
  log: Log,
): Promise<Contestant[]> {
  const wants = (what: string): boolean => names.some((name) => name.startsWith(what));
  const ours = wants('ours') ? await buildOurs(join(folder, 'ours'), profiles) : [];
  const theirs = wants('theirs') ? await buildTheirs(log) : [];
  return [...ours, ...theirs].filter(({ name }) => names.includes(name));
}

async function measure(arena: Arena, { scenario, contestant, round }: Turn): Promise<Sample> {
  const measurement = await scenario.measure(arena, contestant);
  return { scenario: scenario.key, contestant: contestant.name, round, ...measurement };
}

const machine = (): Result['machine'] => ({
  processors: cpus().length,
  model: cpus()[0]?.model.trim() ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
  system: `${type()} ${release()}`,
});
