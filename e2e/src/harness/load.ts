import { join } from 'node:path';
import { build } from 'esbuild';
import { resources } from '@stateful/reconcile-sdk';
import { parseEvents, type HistoryEvent, type ListAppendEvent, type SetEvent } from '@stateful/testing';
import { type Environment } from './environment.ts';
import { toolPod } from './postgres.ts';
import { eventually, waitForObject } from './wait.ts';

export interface LoadOptions {
  namespace: string;
  name: string;
  cluster: string;
  /** Where it connects to. */
  host: string;
  /** Where each session's first connection goes, kept until it breaks. */
  firstHost?: string;
  table: string;
  node?: string;
  writers?: number;
  pauseMs?: number;
  /** Elements of lists are counted from here, so that two loads on one table append different ones. */
  first?: number;
  /** Commits without waiting for any replica: for probing what a primary still accepts, not for what must last. */
  isLocal?: boolean;
}

/** Clients that run in a pod and print what they asked and what they were told. */
export interface Load<E> {
  /** What was printed so far. */
  history(): Promise<E[]>;
  /** Waits for this many more acknowledgements. */
  acknowledges(more: number, timeoutMs: number): Promise<void>;
  /** Ends it, and returns all that was printed. */
  stop(): Promise<E[]>;
}

/** Rows that are inserted once each: for `checkUniqueSet`. */
export const startWriter = (environment: Environment, options: LoadOptions): Promise<Load<SetEvent>> =>
  startLoad(environment, 'unique-set', options, (text) => parseEvents(text, ['insert', 'read']));

/** Transactions that read and append to lists: for `checkListAppend`. */
export const startListAppend = (
  environment: Environment,
  options: LoadOptions,
): Promise<Load<ListAppendEvent>> =>
  startLoad(environment, 'list-append', options, (text) => parseEvents(text, ['txn']));

/** Starts a program of `src/client` in a pod and waits for its first acknowledgements. */
async function startLoad<E extends HistoryEvent<string, unknown>>(
  environment: Environment,
  program: 'unique-set' | 'list-append',
  options: LoadOptions,
  parse: (text: string) => E[],
): Promise<Load<E>> {
  const { client, kubectl } = environment;
  const key = { namespace: options.namespace, name: options.name };
  const programMap = `e2e-${program}`;
  await client.apply(
    resources.configMaps,
    {
      metadata: { namespace: options.namespace, name: programMap },
      data: { 'client.mjs': await bundle(program) },
    },
    { force: true },
  );
  await client.create(
    resources.pods,
    toolPod({
      ...options,
      program: programMap,
      command: ['node', '/program/client.mjs'],
      env: [
        { name: 'HOST', value: options.host },
        ...(options.firstHost ? [{ name: 'FIRST_HOST', value: options.firstHost }] : []),
        { name: 'TABLE', value: options.table },
        { name: 'WRITERS', value: String(options.writers ?? 4) },
        { name: 'FIRST', value: String(options.first ?? 0) },
        { name: 'PAUSE_MS', value: String(options.pauseMs ?? 20) },
        ...(options.isLocal ? [{ name: 'PGOPTIONS', value: '-c synchronous_commit=local' }] : []),
      ],
    }),
  );
  await waitForObject(
    client,
    resources.pods,
    key,
    `pod ${options.name} runs`,
    (pod) => pod?.status?.phase === 'Running',
    60_000,
    (pod) => JSON.stringify(pod?.status?.containerStatuses?.[0]?.state ?? pod?.status?.phase ?? 'no status'),
  );
  const history = async (): Promise<E[]> =>
    // The last line may be cut off while the program writes it.
    parse(wholeLines(await kubectl('logs', '--namespace', key.namespace, key.name)));
  const count = async (): Promise<number> => (await history()).filter(({ type }) => type === 'ok').length;
  const load: Load<E> = {
    history,
    async acknowledges(more, timeoutMs) {
      const before = await count();
      await eventually(
        `${options.name} has ${more} more acknowledgements`,
        async () => (await count()) >= before + more,
        timeoutMs,
      );
    },
    async stop() {
      // Its log goes with the pod: the process is ended first, then read, then removed.
      await kubectl('exec', '--namespace', key.namespace, key.name, '--', 'sh', '-c', 'kill -TERM 1');
      await waitForObject(
        client,
        resources.pods,
        key,
        `pod ${options.name} has ended`,
        (pod) => pod === undefined || ['Succeeded', 'Failed'].includes(pod.status?.phase ?? ''),
        60_000,
      );
      const all = await history();
      await client.delete(resources.pods, key, { gracePeriodSeconds: 0 });
      return all;
    },
  };
  await load.acknowledges(20, 60_000);
  return load;
}

const wholeLines = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1);

async function bundle(program: string): Promise<string> {
  const result = await build({
    entryPoints: [join(import.meta.dirname, `../client/${program}.ts`)],
    bundle: true,
    write: false,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    conditions: ['@stateful/source'],
    external: ['pg-native', 'cloudflare:sockets'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return result.outputFiles[0]!.text;
}
