import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openMember } from '@stateful/etcd';
import { openWriter, startEtcd } from '@stateful/etcd/testing';
import { etcdBinary } from '@stateful/images';
import { freePort } from '@stateful/local-cluster';
import { systemClock } from '@stateful/reconcile-sdk';
import { startAgentWorld, type AgentWorld } from './agent-world.ts';

let world: AgentWorld;
let etcd: string;
const running = new Set<ChildProcess>();
beforeAll(async () => {
  [world, etcd] = await Promise.all([startAgentWorld(), etcdBinary()]);
}, 1_200_000);
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await world?.stop();
});

/** One member on loopback, until it is killed. */
async function serve(dataDir: string): Promise<{ url: string; kill: () => Promise<void> }> {
  const [url, peer] = [`http://127.0.0.1:${await freePort('127.0.0.1')}`, 'http://127.0.0.1:0'];
  const args = [
    ...['--name=m', `--data-dir=${dataDir}`, `--listen-client-urls=${url}`, `--advertise-client-urls=${url}`],
    ...[`--listen-peer-urls=${peer}`, `--log-level=error`],
  ];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', etcd, ...args], { stdio: 'ignore' });
  running.add(child);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    url,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

it('brings a member back on a machine, with nothing but the agent and etcdutl; and the old data, too', async () => {
  const dataDir = world.folder('etcd');
  const staging = join(dataDir, '.restore-monday');
  mkdirSync(join(dataDir, 'member'));
  writeFileSync(join(dataDir, 'member', 'old'), 'old data');
  const facts = join(staging, 'fetched.json');
  const at = ['--data-dir', dataDir, '--op', 'monday'];
  expect(await world.run('swap', ...at)).toMatchObject({ code: 2, result: { code: 'NothingStaged' } });

  const manifest = ['--manifest', 'one/manifest.json'];
  const restore = async (): Promise<void> => {
    const fetched = await world.run(
      'fetch',
      ...world.storeArgs,
      ...manifest,
      '--to',
      staging,
      '--facts',
      facts,
    );
    expect(fetched.result).toMatchObject({ ok: true });
    await promisify(execFile)(etcd, [
      ...[
        'etcdutl',
        'snapshot',
        'restore',
        join(staging, 'snapshot.db'),
        '--data-dir',
        join(staging, 'data'),
      ],
      ...['--name', 'm', '--initial-cluster', 'm=http://127.0.0.1:2380'],
      ...['--initial-advertise-peer-urls', 'http://127.0.0.1:2380'],
    ]);
  };
  await restore();
  // Nothing has been touched until now.
  expect(readdirSync(join(dataDir, 'member'))).toEqual(['old']);
  expect(await world.run('swap', '--check', ...at)).toMatchObject({
    code: 0,
    result: { ok: true, data: 'Old', revision: world.manifest.object.revision, keys: 29 },
  });
  expect(await world.run('swap', ...at)).toMatchObject({ code: 0, result: { data: 'New', changed: true } });
  expect(await world.run('swap', ...at)).toMatchObject({ code: 0, result: { data: 'New', changed: false } });
  expect(readFileSync(join(dataDir, 'member.pre-monday', 'old'), 'utf8')).toBe('old data');

  const member = await serve(dataDir);
  const compared = await world.run('compare', `--endpoint=${member.url}`, `--facts=${facts}`);
  expect(compared).toMatchObject({
    code: 0,
    result: {
      ok: true,
      revision: world.manifest.object.revision,
      hashKV: world.manifest.etcd.hashKV,
      keys: 29,
    },
  });
  // The controls: it would have seen another hash, other keys, a later revision.
  const of = (...expected: string[]) =>
    world.run('compare', `--endpoint=${member.url}`, `--facts=${facts}`, ...expected);
  expect(await of('--hash-kv=1')).toMatchObject({ code: 2, result: { code: 'HashDiffers' } });
  expect(await of('--keys=30')).toMatchObject({ code: 2, result: { code: 'KeysDiffer' } });
  expect(await of('--revision=9999')).toMatchObject({ code: 2, result: { code: 'RevisionDiffers' } });
  await member.kill();
  expect(await of('--timeout=1')).toMatchObject({ code: 1, result: { code: 'EtcdUnavailable' } });

  expect(await world.run('swap', '--back', ...at)).toMatchObject({
    code: 0,
    result: { data: 'Old', changed: true },
  });
  expect(readdirSync(dataDir)).toEqual(['member']);
  expect(readdirSync(join(dataDir, 'member'))).toEqual(['old']);
  expect(await world.run('swap', '--back', ...at)).toMatchObject({ code: 0, result: { changed: false } });

  await restore();
  expect(await world.run('swap', ...at)).toMatchObject({ code: 0 });
  expect(await world.run('swap', '--forget', ...at)).toMatchObject({
    code: 0,
    result: { data: 'New', changed: true },
  });
  expect(readdirSync(dataDir)).toEqual(['member']);
  expect(existsSync(join(dataDir, 'member', 'snap', 'db'))).toBe(true);
}, 120_000);

it('signs in where authentication was on, and says so when it cannot', async () => {
  const locked = await startEtcd(1);
  const dir = world.folder('locked');
  try {
    const writer = openWriter(locked.endpoints[0]!);
    await writer.put('a', 'b');
    await writer.enableAuth('very secret');
    writer.close();
    const auth = { name: 'root', password: 'very secret' };
    const member = openMember(locked.endpoints[0]!, { auth }, systemClock);
    const blobs: Buffer[] = [];
    for await (const { blob } of member.snapshot({ idleMs: 10_000 })) blobs.push(Buffer.from(blob));
    member.close();
    const snapshot = Buffer.concat(blobs);
    await world.putSnapshot(snapshot, 'locked.db');
    const sha256 = createHash('sha256').update(snapshot).digest('hex');
    const fetched = await world.run(
      ...[
        'fetch',
        ...world.storeArgs,
        '--object=locked.db',
        `--size=${snapshot.length}`,
        `--sha256=${sha256}`,
      ],
      ...[`--to=${dir}`, `--facts=${dir}/facts.json`],
    );
    expect(fetched.result).toMatchObject({ ok: true, authEnabled: true });
    await promisify(execFile)(etcd, [
      ...['etcdutl', 'snapshot', 'restore', join(dir, 'snapshot.db'), '--data-dir', join(dir, 'data')],
      ...['--name', 'm', '--initial-cluster', 'm=http://127.0.0.1:2380'],
      ...['--initial-advertise-peer-urls', 'http://127.0.0.1:2380'],
    ]);
    const restored = await serve(join(dir, 'data'));
    const compare = () => world.run('compare', `--endpoint=${restored.url}`, `--facts=${dir}/facts.json`);
    expect(await compare()).toMatchObject({ code: 2, result: { code: 'AuthRequired' } });
    Object.assign(world.env, { ETCD_USERNAME: 'root', ETCD_PASSWORD: 'wrong' });
    expect(await compare()).toMatchObject({ code: 2, result: { code: 'AuthRequired' } });
    Object.assign(world.env, { ETCD_PASSWORD: auth.password });
    expect(await compare()).toMatchObject({ code: 0, result: { ok: true, keys: 1 } });
    await restored.kill();
  } finally {
    await locked.stop();
  }
}, 120_000);

it('forgets no old data while the new is not in its place', async () => {
  const dataDir = world.folder('keep');
  mkdirSync(join(dataDir, 'member.pre-x'));
  writeFileSync(join(dataDir, 'member.pre-x', 'only'), 'copy');
  expect(await world.run('swap', '--forget', '--data-dir', dataDir, '--op', 'x')).toMatchObject({ code: 2 });
  expect(readdirSync(join(dataDir, 'member.pre-x'))).toEqual(['only']);
});
