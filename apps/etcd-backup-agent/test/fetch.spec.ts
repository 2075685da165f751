import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { manifestBytes } from '@stateful/etcd-backup-api';
import { startAgentWorld, type AgentWorld } from './agent-world.ts';

const mebibyte = 1024 * 1024;

describe('fetching a snapshot from a real store', () => {
  let world: AgentWorld;
  beforeAll(async () => {
    world = await startAgentWorld();
  }, 1_200_000);
  afterEach(async () => {
    world.proxy.rule = undefined;
    await world.putSnapshot(world.snapshot);
  });
  afterAll(() => world?.stop());

  const byManifest = (to: string) => [
    'fetch',
    ...world.storeArgs,
    '--manifest=one/manifest.json',
    `--to=${to}`,
  ];
  const fetched = (to: string): Buffer => readFileSync(join(to, 'snapshot.db'));

  it('brings it by its manifest, and tells what is in it', async () => {
    const to = world.folder('whole');
    const facts = join(to, 'facts.json');
    const log = join(to, 'termination-log');
    const { code, result } = await world.run(
      ...byManifest(to),
      `--facts=${facts}`,
      `--termination-log=${log}`,
    );
    expect(result).toMatchObject({
      ok: true,
      sizeBytes: world.snapshot.length,
      revision: world.manifest.object.revision,
      resumedBytes: 0,
      storageVersion: '3.6.0',
      compactRevision: 12,
      hashKV: world.manifest.etcd.hashKV,
      keys: 29,
    });
    expect(code).toBe(0);
    expect(fetched(to).equals(world.snapshot)).toBe(true);
    expect(JSON.parse(readFileSync(facts, 'utf8'))).toEqual(result);
    expect(JSON.parse(readFileSync(log, 'utf8'))).toEqual(result);
    // Again: what is there is only checked.
    const before = world.proxy.seen.length;
    expect(await world.run(...byManifest(to))).toMatchObject({ code: 0, result: { ok: true } });
    expect(world.proxy.seen.slice(before).filter(({ path }) => path.endsWith('.db'))).toEqual([]);
  });

  it('goes on within a range where answers are cut', async () => {
    const to = world.folder('cut');
    let cuts = 0;
    world.proxy.rule = ({ operation, path }) =>
      operation === 'GetObject' && path.endsWith('.db') && cuts++ % 2 === 0
        ? { do: 'cut-answer', afterBytes: mebibyte }
        : undefined;
    expect(await world.run(...byManifest(to))).toMatchObject({ code: 0 });
    expect(cuts).toBeGreaterThan(4);
    expect(fetched(to).equals(world.snapshot)).toBe(true);
  });

  it('killed in the middle, it is gone on with by the next run', async () => {
    const to = world.folder('killed');
    let ranges = 0;
    // The third range never comes.
    world.proxy.rule = ({ operation, path }) =>
      operation === 'GetObject' && path.endsWith('.db') && ++ranges > 2
        ? { do: 'delay', ms: 8_000 }
        : undefined;
    const { child, ended } = world.start(...byManifest(to));
    const sizeOfPartial = (): number => {
      const name = readdirSync(to).find((each) => each.startsWith('.snapshot.db-'));
      return name === undefined ? 0 : readFileSync(join(to, name)).length;
    };
    while (sizeOfPartial() < 16 * mebibyte) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGKILL');
    await ended;
    expect(readdirSync(to)).toHaveLength(1);
    world.proxy.rule = undefined;
    const { result } = await world.run(...byManifest(to));
    expect(result).toMatchObject({ ok: true, resumedBytes: 16 * mebibyte });
    expect(fetched(to).equals(world.snapshot)).toBe(true);
    expect(readdirSync(to)).toEqual(['snapshot.db']);
  }, 60_000);

  it('refuses an object that is not what was backed up, for good, and leaves nothing', async () => {
    const to = world.folder('corrupt');
    const flipped = Buffer.from(world.snapshot);
    flipped[flipped.length >> 1]! ^= 1;
    await world.putSnapshot(flipped);
    expect(await world.run(...byManifest(to))).toMatchObject({
      code: 2,
      result: {
        ok: false,
        code: 'StoredObjectDiffers',
        message: expect.stringContaining('SHA-256') as unknown,
      },
    });
    await world.putSnapshot(world.snapshot.subarray(0, -512));
    expect(await world.run(...byManifest(to))).toMatchObject({
      code: 2,
      result: { code: 'StoredObjectDiffers' },
    });
    expect(readdirSync(to)).toEqual([]);
  });

  it('does not believe what stands on its own disk', async () => {
    const to = world.folder('disk');
    let ranges = 0;
    world.proxy.rule = ({ operation, path }) =>
      operation === 'GetObject' && path.endsWith('.db') && ++ranges > 1
        ? { do: 'refuse', status: 403, code: 'AccessDenied' }
        : undefined;
    expect(await world.run(...byManifest(to))).toMatchObject({
      code: 1,
      result: { code: 'StoreRefused', message: expect.stringContaining('s3:GetObject') as unknown },
    });
    world.proxy.rule = undefined;
    const [partial] = readdirSync(to);
    const path = join(to, partial!);
    const bytes = readFileSync(path);
    bytes[100_000]! ^= 1;
    writeFileSync(path, bytes);
    const { code, result, said } = await world.run(...byManifest(to));
    expect({ code, result }).toMatchObject({ code: 0, result: { ok: true, resumedBytes: 0 } });
    expect(said).toContain('once more from its beginning');
    // A file that was cut behind our back is not taken for the snapshot either.
    truncateSync(join(to, 'snapshot.db'), 1000);
    expect(await world.run(...byManifest(to))).toMatchObject({ code: 0 });
    expect(fetched(to).equals(world.snapshot)).toBe(true);
  });

  it('ends before it writes anything where the disk is too small', async () => {
    const to = world.folder('small');
    const size = Math.ceil((world.snapshot.length * 2) / mebibyte);
    const agent = [
      process.execPath,
      '--conditions=@stateful/source',
      join(import.meta.dirname, '../src/main.ts'),
    ];
    const run = [...agent, ...byManifest(to)].map((word) => `'${word}'`).join(' ');
    // A file system of its own, gone with the process.
    const ended = await promisify(execFile)('unshare', [
      ...['--mount', 'sh', '-c'],
      `mount -t tmpfs -o size=${size}m none '${to}' && ${run} || echo $?; ls -A '${to}'`,
    ]);
    const [result, code, ...left] = ended.stdout.trim().split('\n');
    expect({ code, result: JSON.parse(result ?? '') as unknown }).toMatchObject({
      code: '2',
      result: {
        ok: false,
        code: 'NoSpace',
        message: expect.stringContaining('give it a larger disk') as unknown,
      },
    });
    expect(left).toEqual([]);
  }, 30_000);

  it('computes the hash also when nothing is said of it, and refuses one that is not right', async () => {
    const { key, sizeBytes, sha256 } = world.manifest.object;
    const byObject = (...more: string[]) =>
      world.run(
        ...['fetch', ...world.storeArgs, `--object=${key}`, `--size=${sizeBytes}`, `--sha256=${sha256}`],
        ...[`--to=${world.folder('object')}`, ...more],
      );
    const { hashKV } = world.manifest.etcd;
    expect(await byObject()).toMatchObject({ code: 0, result: { hashKV, keys: 29 } });
    expect(await byObject(`--hash-kv=${(hashKV ?? 0) + 1}`)).toMatchObject({
      code: 2,
      result: { code: 'StoredObjectDiffers', message: expect.stringContaining('HashKV') as unknown },
    });
  });

  it('does not go on with the part of another object', async () => {
    const to = world.folder('other');
    writeFileSync(join(to, '.snapshot.db-0123456789abcdef'), world.snapshot.subarray(0, mebibyte));
    const { result } = await world.run(...byManifest(to));
    expect(result).toMatchObject({ ok: true, resumedBytes: 0 });
    expect(readdirSync(to)).toEqual(['snapshot.db']);
  });

  it('says what is wrong with a manifest', async () => {
    const to = world.folder('manifest');
    const of = (key: string) => world.run('fetch', ...world.storeArgs, `--manifest=${key}`, `--to=${to}`);
    expect(await of('absent.json')).toMatchObject({ code: 2, result: { code: 'ManifestUnreadable' } });
    await world.store.put('new.json', manifestBytes({ ...world.manifest, schemaVersion: 99 }));
    expect(await of('new.json')).toMatchObject({ code: 2, result: { code: 'SchemaTooNew' } });
  });

  it('deletes nothing outside its folder', async () => {
    const to = world.folder('clear');
    const outside = join(to, '..');
    expect(await world.run(...byManifest(to), `--clear=${outside}`)).toMatchObject({
      code: 2,
      result: { code: 'BadArguments' },
    });
  });

  it('tells the store apart from bad arguments', async () => {
    expect(await world.run('fetch', '--to=/nowhere')).toMatchObject({
      code: 2,
      result: { code: 'BadArguments' },
    });
    expect(await world.run('fetch')).toMatchObject({ code: 2, result: { code: 'BadArguments' } });
    world.proxy.rule = () => ({ do: 'refuse', status: 403, code: 'AccessDenied' });
    const { code, result } = await world.run(...byManifest(world.folder('denied')));
    expect({ code, result }).toMatchObject({ code: 1, result: { code: 'StoreRefused' } });
    expect(JSON.stringify(result)).not.toContain(world.s3.secretKey);
  });
});
