import { Command, InvalidArgumentError, Option } from 'commander';
import { terminalLog } from '@stateful/local-cluster';
import { bench } from './bench.ts';
import { contestantNames, type ContestantName } from './contestant/contestant.ts';
import { markdownOf } from './report/markdown.ts';
import { writeFormatted } from './report/write.ts';
import { scenarios, scenariosNamed } from './scenario/scenarios.ts';

type Flags = {
  readonly rounds: number;
  readonly only: readonly string[];
  readonly contestants: readonly string[];
  readonly quick: boolean;
  readonly markdown?: string;
  readonly json?: string;
  readonly profiles?: string;
};

const list = (text: string): string[] => text.split(',').map((part) => part.trim());
const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number, one or more');
  return value;
};
const contestants = (names: readonly string[]): ContestantName[] =>
  names.map((name) => {
    const found = contestantNames.find((known) => known === name);
    if (found === undefined) throw new Error(`there is no ${name}: there are ${contestantNames.join(', ')}`);
    return found;
  });

const program = new Command('bench')
  .description('The same small operator on our SDK and on controller-runtime, on one real API server')
  .option('--rounds <number>', 'how often each is measured', positive, 5)
  .addOption(
    new Option('--only <letters>', scenarios.map(({ key, title }) => `${key}: ${title}`).join('; '))
      .argParser(list)
      .default(
        scenarios.map(({ key }) => key),
        'all',
      ),
  )
  .addOption(
    new Option('--contestants <names>', contestantNames.join(', '))
      .argParser(list)
      .default(['ours', 'theirs'], 'ours,theirs'),
  )
  .option('--quick', 'small numbers: shows that it works, says nothing about speed', false)
  .option('--markdown <file>', 'where the table goes; default standard output')
  .option('--json <file>', 'where all samples go')
  .option('--profiles <folder>', 'CPU profiles of ours go there; it gets slower by that')
  .action(async (flags: Flags) => {
    const result = await bench({
      scenarios: scenariosNamed(flags.only),
      contestants: contestants(flags.contestants),
      rounds: flags.rounds,
      quick: flags.quick,
      ...(flags.profiles === undefined ? {} : { profiles: flags.profiles }),
      log: terminalLog(),
    });
    const page = markdownOf(result);
    if (flags.markdown === undefined) process.stdout.write(`${page}\n`);
    else await writeFormatted(flags.markdown, page, 'markdown');
    if (flags.json !== undefined) await writeFormatted(flags.json, JSON.stringify(result), 'json');
    if (result.problems.length > 0) process.exitCode = 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
