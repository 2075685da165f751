import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { type Clock, type Random } from '@stateful/reconcile-sdk';
import { addCompare } from './compare/command.ts';
import { AgentFailure } from './failure.ts';
import { addFetch } from './fetch/command.ts';
import { outcomeOf, tellResult, type Outcome } from './outcome.ts';
import { addSwap } from './swap/command.ts';

/** What the composition root hands over. */
export interface Surroundings {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts when the process is asked to end. */
  readonly stop: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  /** A line of standard output: the result, and nothing else. */
  readonly print: (line: string) => void;
  /** A line for people. */
  readonly tell: (line: string) => void;
}

/** Takes a command's work as its action, and remembers how it ended. */
export type Perform = <Options>(
  work: (options: Options) => ReturnType<Parameters<typeof outcomeOf>[0]>,
) => (options: Options & { terminationLog?: string }) => Promise<void>;

/** Runs the command that was asked for; returns the exit code of the process. */
export async function runCommandLine(around: Surroundings): Promise<number> {
  const { argv, print, tell } = around;
  let outcome: Outcome | undefined;
  const perform: Perform = (work) => async (options) => {
    outcome = await outcomeOf(() => work(options));
    await tellResult(outcome, { print, terminationLog: options.terminationLog });
    if (!outcome.result.ok) tell(`error: ${outcome.result.code}: ${outcome.result.message}`);
  };
  const program = new Command('etcd-backup-agent')
    .description(
      'Brings backups of etcd back: from a store to a disk, in place of a member’s data, and compared with what etcd says.',
    )
    .exitOverride()
    .configureOutput({ writeErr: (text) => tell(text.trimEnd()) });
  for (const add of [addFetch, addSwap, addCompare]) {
    add(program, perform, around)
      .option('--termination-log <file>', 'write the result there, too: where a kubelet looks for it')
      .exitOverride();
  }
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    await tellResult(await outcomeOf(() => Promise.reject(new AgentFailure('BadArguments', error.message))), {
      print,
      terminationLog: undefined,
    });
    return 2;
  }
  return outcome?.exitCode ?? 0;
}

/** Parses an option that is a whole number. */
export function wholeNumber(value: string): number {
  if (!/^\d{1,16}$/.test(value)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(value);
}
