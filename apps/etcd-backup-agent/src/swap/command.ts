import { type Command } from 'commander';
import { type Perform } from '../commands.ts';
import { AgentFailure } from '../failure.ts';
import { checkStaged, forget, swap, swapBack } from './swap.ts';

interface SwapArguments {
  dataDir: string;
  op: string;
  back?: boolean;
  forget?: boolean;
  check?: boolean;
}

export const addSwap = (program: Command, perform: Perform): Command =>
  program
    .command('swap')
    .description(
      'puts the data in DATA-DIR/.restore-OP/data in the place of a member’s, which is kept as member.pre-OP; etcd must not run',
    )
    .requiredOption('--data-dir <folder>', 'etcd’s --data-dir')
    .requiredOption('--op <name>', 'name of the restore')
    .option('--check', 'only look whether the new data is whole, and tell what is in it')
    .option('--back', 'put the old data in its place again, and delete the new')
    .option('--forget', 'delete the old data: there is no way back then')
    .action(
      perform(({ dataDir, op, ...verbs }: SwapArguments) => {
        const asked = [verbs.back, verbs.forget, verbs.check].filter(Boolean).length;
        if (asked > 1) throw new AgentFailure('BadArguments', 'use one of --check, --back and --forget');
        if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/.test(op))
          throw new AgentFailure('BadArguments', `--op ${op} must be a word of letters, digits and dashes`);
        const run = verbs.back ? swapBack : verbs.forget ? forget : verbs.check ? checkStaged : swap;
        return run({ dataDir, op });
      }),
    );
