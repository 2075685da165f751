import { addProcessOptions, processOptionsOf, type ProcessOptions } from '@stateful/operator-process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { operatorName } from './operator-name.ts';

/** What this process was told on its command line and by its environment. */
export interface OperatorOptions extends ProcessOptions {
  /** Backups under way at a time. */
  readonly concurrency: number;
  /** Image of the pods that fetch, swap and compare data: the operator's own, which holds the agent. */
  readonly agentImage: string | undefined;
  /** Image of etcd in one version, for drills of backups that name none; undefined: there is none. */
  readonly etcdImageOf: (version: string) => string | undefined;
}

interface Flags {
  etcdImage?: string;
  concurrency: number;
  agentImage?: string;
}

/** The command with its help; `parseOptions` runs it. */
export const operatorCommand = (): Command =>
  addProcessOptions(
    new Command(operatorName)
      .description(
        'Backs up etcd (EtcdBackup, EtcdBackupSchedule, EtcdRestore of db.example.com): verified snapshots in an object store.',
      )
      .addOption(
        new Option('--concurrency <number>', 'backups under way at a time; each takes five parts of memory')
          .argParser(positive)
          .default(2),
      )
      .option(
        '--agent-image <image>',
        'image of this operator, for the pods of drills and restores (AGENT_IMAGE)',
      )
      .option(
        '--etcd-image <image>',
        'image of etcd for drills that name none, with {version} where its version stands, such as example.com/etcd:{version}',
      ),
  );

/** Throws CommanderError for what cannot be understood, with the text already written by `command`. */
export function parseOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  command: Command = operatorCommand(),
): OperatorOptions {
  const { concurrency, agentImage, etcdImage } = command.parse(argv, { from: 'user' }).opts<Flags>();
  return {
    ...processOptionsOf(command, env),
    concurrency,
    agentImage: agentImage ?? (env['AGENT_IMAGE'] || undefined),
    etcdImageOf: (version) => etcdImage?.replace('{version}', version),
  };
}

function positive(value: string): number {
  if (!/^[1-9]\d{0,2}$/.test(value)) throw new InvalidArgumentError('It must be a number from 1 to 999.');
  return Number(value);
}
