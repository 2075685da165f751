import { readFile } from 'node:fs/promises';
import { type Command } from 'commander';
import { agentResultOf, type AgentSuccess } from '@stateful/etcd-backup-api';
import { wholeNumber, type Perform, type Surroundings } from '../commands.ts';
import { AgentFailure } from '../failure.ts';
import { compare } from './compare.ts';

interface CompareArguments {
  endpoint: string;
  facts?: string;
  revision?: number;
  hashKv?: number;
  keys?: number;
  timeout: number;
}

export const addCompare = (program: Command, perform: Perform, around: Surroundings): Command =>
  program
    .command('compare')
    .description('waits for a restored etcd and compares what it holds with what was restored')
    .requiredOption('--endpoint <url>', 'client URL of etcd')
    .option('--facts <file>', 'what `fetch` wrote of the snapshot')
    .option('--revision <number>', 'revision that was restored', wholeNumber)
    .option('--hash-kv <number>', 'HashKV at that revision', wholeNumber)
    .option('--keys <number>', 'number of keys at that revision', wholeNumber)
    .option('--timeout <seconds>', 'how long to wait for etcd', wholeNumber, 300)
    .action(
      perform(async ({ endpoint, facts, timeout, ...given }: CompareArguments) => {
        const { env, clock, tell, stop } = around;
        const [name, password] = [env['ETCD_USERNAME'], env['ETCD_PASSWORD']];
        return compare({
          endpoint,
          access: name === undefined || password === undefined ? {} : { auth: { name, password } },
          restored: {
            ...(facts === undefined ? {} : await factsIn(facts)),
            ...(given.revision === undefined ? {} : { revision: given.revision }),
            ...(given.hashKv === undefined ? {} : { hashKV: given.hashKv }),
            ...(given.keys === undefined ? {} : { keys: given.keys }),
          },
          timeoutMs: timeout * 1000,
          clock,
          report: tell,
          signal: stop,
        });
      }),
    );

async function factsIn(file: string): Promise<AgentSuccess> {
  const result = agentResultOf(await readFile(file, 'utf8').catch(() => undefined));
  if (!result?.ok)
    throw new AgentFailure('BadArguments', `${file} does not say what was restored: run fetch first`);
  return result;
}
