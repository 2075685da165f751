import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort, kubeBinary } from '@stateful/local-cluster';
import { systemClock } from '@stateful/reconcile-sdk';
import { openMember, type EtcdMember } from '../client/member.ts';

export interface MemberProcess {
  readonly name: string;
  readonly endpoint: string;
  readonly dataDir: string;
  readonly client: EtcdMember;
  /** Of the process that runs now. */
  pid(): number | undefined;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT: as if cut off. */
  freeze(): void;
  thaw(): void;
  start(): void;
}

export interface EtcdCluster {
  readonly members: readonly MemberProcess[];
  readonly endpoints: readonly string[];
  stop(): Promise<void>;
}

export interface EtcdOptions {
  /** Where its data is; it is kept, and gone on with when there is some. Default: a folder that is removed. */
  readonly dir?: string;
  /** Further flags of every member. */
  readonly flags?: readonly string[];
}

/** A cluster of real etcd processes on loopback; they end with this process. */
export async function startEtcd(size: 1 | 3 = 3, options: EtcdOptions = {}): Promise<EtcdCluster> {
  const binary = await kubeBinary();
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'stateful-etcd-'));
  const address = '127.0.0.1';
  const ports: (readonly [number, number])[] = [];
  for (let index = 0; index < size; index++)
    ports.push([await freePort(address), await freePort(address)] as const);
  const names = ports.map((_, index) => `m${index}`);
  const peers = names.map((name, index) => `${name}=http://${address}:${ports[index]![1]}`).join(',');
  const members = ports.map(([clientPort, peerPort], index): MemberProcess => {
    const name = names[index]!;
    const endpoint = `http://${address}:${clientPort}`;
    const dataDir = join(dir, name);
    mkdirSync(dataDir, { mode: 0o700, recursive: true });
    let child: ChildProcess | undefined;
    const client = openMember(endpoint, {}, systemClock);
    return {
      name,
      endpoint,
      dataDir,
      client,
      pid: () => child?.pid,
      start() {
        const log = openSync(join(dir, `${name}.log`), 'a');
        child = spawn(
          'setpriv',
          [
            ...['--pdeathsig', 'KILL', binary, 'etcd', `--name=${name}`, `--data-dir=${dataDir}`],
            ...[`--listen-client-urls=${endpoint}`, `--advertise-client-urls=${endpoint}`],
            ...[`--listen-peer-urls=http://${address}:${peerPort}`],
            ...[`--initial-advertise-peer-urls=http://${address}:${peerPort}`, `--initial-cluster=${peers}`],
            ...['--unsafe-no-fsync', '--log-level=warn', ...(options.flags ?? [])],
          ],
          { stdio: ['ignore', log, log] },
        );
      },
      async kill() {
        if (!child || child.exitCode !== null || child.signalCode !== null) return;
        const gone = new Promise((resolve) => child!.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      },
      freeze: () => void child?.kill('SIGSTOP'),
      thaw: () => void child?.kill('SIGCONT'),
    };
  });
  for (const member of members) member.start();
  const stop = async (): Promise<void> => {
    for (const member of members) member.client.close();
    await Promise.all(members.map((member) => member.kill()));
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  try {
    await eventually(
      'etcd serves',
      () => Promise.all(members.map(({ client }) => client.revision())),
      30_000,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { members, endpoints: members.map(({ endpoint }) => endpoint), stop };
}
