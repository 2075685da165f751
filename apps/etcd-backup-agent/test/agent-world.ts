import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifestBytes, type BackupManifest } from '@stateful/etcd-backup-api';
import { openWriter, startEtcd, type EtcdCluster } from '@stateful/etcd/testing';
import { startFaultProxy, startS3, type FaultProxy, type RunningS3 } from '@stateful/images';
import { createObjectStore, type ObjectStore } from '@stateful/object-store';
import { systemClock, systemRandom } from '@stateful/reconcile-sdk';
import { runCommandLine } from '../src/commands.ts';

const bucket = 'backups';
const mebibyte = 1024 * 1024;

/** What a run of the agent said and ended with. */
export interface Ran {
  readonly code: number;
  readonly result: {
    ok: boolean;
    code?: string;
    message?: string;
    resumedBytes?: number;
    [field: string]: unknown;
  };
  readonly said: string;
}

/** A snapshot of a real etcd in a real store, behind a proxy that makes trouble, and the agent. */
export interface AgentWorld {
  readonly etcd: EtcdCluster;
  readonly s3: RunningS3;
  readonly proxy: FaultProxy;
  readonly store: ObjectStore;
  readonly snapshot: Buffer;
  readonly manifest: BackupManifest;
  /** Arguments that name the store, through the proxy. */
  readonly storeArgs: readonly string[];
  /** A fresh folder. */
  folder(name: string): string;
  /** Of `run`. */
  readonly env: Record<string, string>;
  /** In this process. */
  run(...args: string[]): Promise<Ran>;
  /** As a process of its own, which ends with this one. */
  start(...args: string[]): { readonly child: ChildProcess; readonly ended: Promise<Ran> };
  /** Puts bytes in the place of the snapshot, and tells their key. */
  putSnapshot(bytes: Uint8Array, key?: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startAgentWorld(): Promise<AgentWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'stateful-etcd-agent-'));
  const [etcd, s3] = await Promise.all([startEtcd(1), startS3({ dir: join(dir, 's3'), buckets: [bucket] })]);
  const proxy = await startFaultProxy(s3);
  const store = createObjectStore({
    location: {
      bucket,
      region: s3.region,
      endpoint: s3.endpoint,
      caPem: s3.caPem,
      credentials: () => Promise.resolve({ accessKeyId: s3.accessKey, secretAccessKey: s3.secretKey }),
    },
  });
  const member = etcd.members[0]!.client;
  const writer = openWriter(etcd.endpoints[0]!);
  for (let index = 0; index < 40; index++)
    await writer.put(`key-${index % 30}`, Buffer.alloc(mebibyte / 2 + index, index));
  await writer.remove('key-7');
  await writer.compact(12);
  writer.close();
  const blobs: Buffer[] = [];
  for await (const { blob } of member.snapshot({ idleMs: 10_000 })) blobs.push(Buffer.from(blob));
  const snapshot = Buffer.concat(blobs);
  const revision = await member.revision();
  const { hash } = await member.hashKV(revision);
  const manifest: BackupManifest = {
    schemaVersion: 1,
    opID: 'op-1',
    backup: { namespace: 'default', name: 'one' },
    object: {
      key: 'one/snapshot.db',
      compression: 'None',
      sizeBytes: snapshot.length,
      sha256: createHash('sha256').update(snapshot).digest('hex'),
      parts: 1,
      revision,
    },
    etcd: { clusterID: (await member.status()).clusterID, revision, compactRevision: 12, hashKV: hash },
    pointInTime: '2026-01-01T00:00:00Z',
  };
  await store.put('one/manifest.json', manifestBytes(manifest));
  await store.put('one/snapshot.db', snapshot);

  const credentials = join(dir, 'credentials');
  mkdirSync(credentials);
  writeFileSync(join(credentials, 'accessKeyId'), s3.accessKey);
  writeFileSync(join(credentials, 'secretAccessKey'), s3.secretKey);
  const storeFile = join(dir, 'store.json');
  writeFileSync(
    storeFile,
    JSON.stringify({ bucket, endpoint: proxy.endpoint, credentials: { secretRef: { name: 's3' } } }),
  );
  const running = new Set<ChildProcess>();
  const env: Record<string, string> = {};

  return {
    etcd,
    s3,
    proxy,
    store,
    snapshot,
    manifest,
    env,
    storeArgs: [`--store=${storeFile}`, `--credentials-dir=${credentials}`],
    folder: (name) => mkdtempSync(join(dir, `${name}-`)),
    async run(...args) {
      const lines: string[] = [];
      const said: string[] = [];
      const code = await runCommandLine({
        argv: ['node', 'agent', ...args],
        env,
        stop: new AbortController().signal,
        clock: systemClock,
        random: systemRandom,
        print: (line) => void lines.push(line),
        tell: (line) => void said.push(line),
      });
      return { code, result: JSON.parse(lines.at(-1) ?? 'null') as Ran['result'], said: said.join('\n') };
    },
    start(...args) {
      const child = spawn(
        'setpriv',
        [
          ...['--pdeathsig', 'KILL', process.execPath, '--conditions=@stateful/source'],
          ...[join(import.meta.dirname, '../src/main.ts'), ...args],
        ],
        { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } },
      );
      running.add(child);
      const [out, said]: [string[], string[]] = [[], []];
      child.stdout.on('data', (chunk: Buffer) => out.push(String(chunk)));
      child.stderr.on('data', (chunk: Buffer) => said.push(String(chunk)));
      const ended = new Promise<Ran>((resolve) =>
        child.once('close', (code) =>
          resolve({
            code: code ?? -1,
            result: JSON.parse(out.join('') || 'null') as Ran['result'],
            said: said.join(''),
          }),
        ),
      );
      return { child, ended };
    },
    putSnapshot: async (bytes, key = 'one/snapshot.db') => void (await store.put(key, bytes)),
    async stop() {
      for (const child of running) child.kill('SIGKILL');
      store.close();
      await proxy.stop();
      await s3.stop();
      await etcd.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
