import { addProcessOptions, processOptionsOf, type ProcessOptions } from '@stateful/operator-process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { operatorName } from './operator-name.ts';

/** What this process was told on its command line and by its environment. */
export interface OperatorOptions extends ProcessOptions {
  /** Backups under way at a time. */
  readonly concurrency: number;
}

/** The command with its help; `parseOptions` runs it. */
export const operatorCommand = (): Command =>
  addProcessOptions(
    new Command(operatorName)
      .description('Makes EtcdBackups (db.example.com): verified snapshots of etcd in an object store.')
      .addOption(
        new Option('--concurrency <number>', 'backups under way at a time; each takes five parts of memory')
          .argParser(positive)
          .default(2),
      ),
  );

/** Throws CommanderError for what cannot be understood, with the text already written by `command`. */
export function parseOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  command: Command = operatorCommand(),
): OperatorOptions {
  const { concurrency } = command.parse(argv, { from: 'user' }).opts<{ concurrency: number }>();
  return { ...processOptionsOf(command, env), concurrency };
}

function positive(value: string): number {
  if (!/^[1-9]\d{0,2}$/.test(value)) throw new InvalidArgumentError('It must be a number from 1 to 999.');
  return Number(value);
}
