import { join } from 'node:path';
import { build } from 'esbuild';
import { resources } from '@stateful/reconcile-sdk';
import { type Environment } from './environment.ts';
import { parseObservations, type Observation } from './history.ts';
import { toolPod } from './postgres.ts';
import { eventually, waitForObject } from './wait.ts';

const programMap = 'e2e-writer';

export interface WriterOptions {
  namespace: string;
  name: string;
  cluster: string;
  /** Where it connects to. */
  host: string;
  table: string;
  node?: string;
  writers?: number;
  /** Commits without waiting for any replica: for probing what a primary still accepts, not for what must last. */
  isLocal?: boolean;
}

export interface Writer {
  /** What it has printed so far. */
  observations(): Promise<Observation[]>;
  /** Waits for this many more acknowledged rows. */
  acknowledges(more: number, timeoutMs: number): Promise<void>;
  /** Ends it, and returns all that it printed. */
  stop(): Promise<Observation[]>;
}

/** Starts the writing program in a pod and waits for its first acknowledged rows. */
export async function startWriter(environment: Environment, options: WriterOptions): Promise<Writer> {
  const { client, kubectl } = environment;
  const key = { namespace: options.namespace, name: options.name };
  await client.apply(
    resources.configMaps,
    {
      metadata: { namespace: options.namespace, name: programMap },
      data: { 'writer.mjs': await writerProgram() },
    },
    { force: true },
  );
  await client.create(
    resources.pods,
    toolPod({
      ...options,
      program: programMap,
      command: ['node', '/program/writer.mjs'],
      env: [
        { name: 'HOST', value: options.host },
        { name: 'TABLE', value: options.table },
        { name: 'WRITERS', value: String(options.writers ?? 4) },
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
  const observations = async (): Promise<Observation[]> =>
    parseObservations(await kubectl('logs', '--namespace', key.namespace, key.name));
  const count = async (): Promise<number> =>
    (await observations()).filter(({ outcome }) => outcome === 'acknowledged').length;
  const writer: Writer = {
    observations,
    async acknowledges(more, timeoutMs) {
      const before = await count();
      await eventually(
        `${options.name} has ${more} more acknowledged rows`,
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
      const all = await observations();
      await client.delete(resources.pods, key, { gracePeriodSeconds: 0 });
      return all;
    },
  };
  await writer.acknowledges(20, 60_000);
  return writer;
}

async function writerProgram(): Promise<string> {
  const result = await build({
    entryPoints: [join(import.meta.dirname, '../client/writer.ts')],
    bundle: true,
    write: false,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external: ['pg-native', 'cloudflare:sockets'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return result.outputFiles[0]!.text;
}
