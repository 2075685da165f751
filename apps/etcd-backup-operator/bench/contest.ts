import { spawn } from 'node:child_process';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EtcdBackup } from '@stateful/etcd-backup-api';
import { etcdBackups } from '../src/index.ts';
import { type Program } from '../test/process/start-operator.ts';
import { followUsage, usageOf, type Usage } from './figures.ts';
import { type LoopDelay } from './probe.ts';
import { bucket, namespace, type BenchWorld } from './world.ts';

/** One backup by one contestant. */
export interface Result {
  readonly seconds: number;
  readonly bytes: number;
  readonly processes: Readonly<Record<string, Usage>>;
  /** Of the servers, for this backup. */
  readonly etcdSeconds: number;
  readonly storeSeconds: number;
  readonly loopDelay?: LoopDelay;
  /** Bytes that were on a disk beside the store. */
  readonly scratchBytes: number;
}

export type Level = 'Stream' | 'Stored' | 'HashKV';

async function timed<T>(
  world: BenchWorld,
  work: () => Promise<T>,
): Promise<T & { seconds: number; etcdSeconds: number; storeSeconds: number }> {
  const before = world.serversSeconds();
  const began = performance.now();
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  const after = world.serversSeconds();
  return {
    ...result,
    seconds,
    etcdSeconds: after.etcd - before.etcd,
    storeSeconds: after.store - before.store,
  };
}

let backups = 0;

/** From the creation of an EtcdBackup until it is complete, by an operator that has just started. */
export async function ours(
  world: BenchWorld,
  program: Program,
  level: Level,
  nodeArgs: readonly string[] = [],
): Promise<Result> {
  const operator = program.start({
    kubeconfig: world.kubeconfig,
    args: ['--no-leader-elect'],
    nodeArgs: [`--import=${join(import.meta.dirname, 'probe.ts')}`, ...nodeArgs],
  });
  try {
    // Its caches are full before the clock runs, as they are in a cluster.
    await until('the operator has begun', () => operator.log.length > 0, 10_000);
    await sleep(500);
    const before = usageOf(operator.pid)!;
    const name = `backup-${++backups}`;
    const result = await timed(world, async () => {
      await world.user.create(etcdBackups, backupOf(world, name, level));
      let backup: EtcdBackup | undefined;
      await until(
        `${name} is complete`,
        async () => {
          backup = await world.user.get(etcdBackups, { namespace, name });
          if (operator.how() !== undefined)
            throw new Error(`the operator ended:\n${operator.log.join('\n')}`);
          const { status } = backup.status?.conditions?.find(({ type }) => type === 'Succeeded') ?? {};
          if (status === 'False') throw new Error(JSON.stringify(backup.status, undefined, 1));
          return status === 'True';
        },
        1_800_000,
      );
      return { bytes: backup?.status?.artifact?.sizeBytes ?? 0 };
    });
    const usage = usageOf(operator.pid)!;
    const loopDelay = await new Promise<LoopDelay>((resolve) => {
      operator.onMessage((message) => resolve(message as LoopDelay));
      operator.send('loop-delay');
    });
    // Times of access that a start brings up to date count as written, too.
    const scratchBytes = usage.writtenBytes - before.writtenBytes;
    return { ...result, processes: { operator: usage }, loopDelay, scratchBytes };
  } finally {
    await operator.end('SIGTERM');
  }
}

const backupOf = ({ etcd, s3 }: BenchWorld, name: string, level: Level): EtcdBackup =>
  ({
    metadata: { namespace, name },
    spec: {
      cluster: { endpoints: [...etcd.endpoints] },
      store: {
        s3: {
          bucket,
          endpoint: s3.endpoint,
          caSecretRef: { name: 's3' },
          credentials: { secretRef: { name: 's3' } },
        },
      },
      verify: { level },
      retry: { maxAttempts: 1 },
    },
  }) as unknown as EtcdBackup;

/** `etcdctl snapshot save` to a disk, then `aws s3 cp`. */
export async function rival(world: BenchWorld, etcdctl: readonly string[]): Promise<Result> {
  const file = join(world.dir, 'snapshot.db');
  const caFile = join(world.dir, 'ca.crt');
  const { s3, etcd } = world;
  writeFileSync(caFile, s3.caPem);
  try {
    const result = await timed(world, async () => {
      const save = await follow([...etcdctl, `--endpoints=${etcd.endpoints[0]}`, 'snapshot', 'save', file]);
      const copy = await follow(
        [
          ...['aws', '--endpoint-url', s3.endpoint, '--cli-read-timeout', '0'],
          ...['s3', 'cp', '--no-progress', file, `s3://${bucket}/rival.db`],
        ],
        {
          AWS_CA_BUNDLE: caFile,
          AWS_ACCESS_KEY_ID: s3.accessKey,
          AWS_SECRET_ACCESS_KEY: s3.secretKey,
          AWS_REGION: s3.region,
          HOME: world.dir,
        },
      );
      return { processes: { etcdctl: save, aws: copy } };
    });
    const { size } = statSync(file);
    return { ...result, bytes: size, scratchBytes: size };
  } finally {
    rmSync(file, { force: true });
  }
}

async function follow(
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Usage> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const usage = await followUsage(child.pid ?? 0, ended);
  const code = await ended;
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said}`);
  return usage;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: string, is: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await is())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await sleep(50);
  }
}
