import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { backupKeys, backupsFolder } from '@stateful/etcd-backup-api';
import { startFaultProxy, startS3, type FaultProxy, type RunningS3 } from '@stateful/images';
import { createObjectStore, type ObjectStore } from '@stateful/object-store';
import {
  createKubeClient,
  createLogger,
  createManager,
  resources,
  systemClock,
  systemRandom,
} from '@stateful/reconcile-sdk';
import { createApiServer } from '@stateful/testing';
import { etcdBackupSchedulePlan, inventoryReader, openS3, secretsOf } from '../src/index.ts';
import { etcdBackupSchedules } from '../src/etcd-backups.ts';
import { installKinds, manifestFor, namespace, prefix, scheduleOf } from './schedule-world.ts';

const count = 2_500;
const surplus = 200;
const siblings = 20;
const start = Date.UTC(2026, 0, 1);
const uidOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

async function inParallel(total: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (next < total) await work(next++);
    }),
  );
}

describe('retention on a real store', () => {
  const dir = mkdtempSync(join(tmpdir(), 'stateful-etcd-retention-'));
  const stopping = new AbortController();
  let s3: RunningS3;
  let proxy: FaultProxy;
  let store: ObjectStore;
  let running: Promise<void> | undefined;

  beforeAll(async () => {
    s3 = await startS3({ dir, buckets: ['backups'] });
    proxy = await startFaultProxy(s3);
    store = createObjectStore({
      location: {
        bucket: 'backups',
        region: s3.region,
        endpoint: s3.endpoint,
        caPem: s3.caPem,
        credentials: () => Promise.resolve({ accessKeyId: s3.accessKey, secretAccessKey: s3.secretKey }),
      },
    });
  }, 120_000);

  afterAll(async () => {
    stopping.abort();
    await running;
    store?.close();
    await proxy?.stop();
    await s3?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('scenario 20: reads 2,500 backups by pages, once, and deletes none outside of its prefix', async () => {
    const server = createApiServer({ clock: systemClock, random: systemRandom });
    const users = createKubeClient({ transport: server.transport(), fieldManager: 'a-user' });
    await installKinds(users);
    const encoded = (text: string): string => Buffer.from(text).toString('base64');
    await users.create(resources.secrets, {
      metadata: { namespace, name: 's3' },
      data: { accessKeyId: encoded(s3.accessKey), secretAccessKey: encoded(s3.secretKey) },
    });
    const template = {
      cluster: { endpoints: ['https://etcd:2379'] },
      store: {
        s3: {
          bucket: 'backups',
          prefix,
          endpoint: proxy.endpoint,
          credentials: { secretRef: { name: 's3' } },
        },
      },
    };
    const made = await users.create(etcdBackupSchedules, scheduleOf({ suspend: true, template }));
    const schedule = { name: 'nightly', uid: made.metadata?.uid ?? '' };
    await inParallel(count, async (index) => {
      const { object, manifest } = backupKeys(prefix, uidOf(index));
      const time = start + index * 3_600_000;
      await store.put(object, Buffer.from('data'));
      await store.put(manifest, manifestFor(uidOf(index), { name: `b${index}`, time, schedule }));
    });
    // The same schedule's, as by a prefix that somebody mistyped: also these are none of ours.
    await inParallel(siblings, async (index) => {
      const folder = `${backupsFolder('etcd2')}${uidOf(index)}/`;
      await store.put(
        `${folder}manifest.json`,
        manifestFor(uidOf(index), { name: `b${index}`, time: 0, schedule }),
      );
    });

    const client = createKubeClient({ transport: server.transport(), fieldManager: 'etcd-backup-operator' });
    const log: string[] = [];
    const manager = createManager({
      name: 'etcd-backup-operator',
      identity: 'operator-1',
      config: { server: 'https://in-process', namespace },
      log: createLogger({
        name: 'etcd-backup-operator',
        level: 'warn',
        destination: { write: (line: string) => void log.push(line) },
      }),
      openTransport: () => server.transport(),
    });
    manager.addPlan(
      etcdBackupSchedulePlan(client, {
        clock: systemClock,
        openStore: openS3(secretsOf(client), { clock: systemClock, random: systemRandom }),
        openMembers: () => Promise.resolve([]),
        readInventory: inventoryReader(),
      }),
      { deadlineMs: 600_000 },
    );
    running = manager.run(stopping.signal);
    const status = async () => (await users.get(etcdBackupSchedules, { namespace, name: 'nightly' })).status;
    async function until(is: (found: Awaited<ReturnType<typeof status>>) => boolean): Promise<void> {
      const end = performance.now() + 90_000;
      while (!is(await status())) {
        if (performance.now() > end)
          throw new Error(`not so far: ${JSON.stringify(await status(), null, 1)} ${log.join()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    await until((found) => found?.inventory?.count === count);
    expect(await status()).toMatchObject({
      inventory: { count, verified: count, orphans: 0, unreadable: 0, oldest: '2026-01-01T00:00:00Z' },
    });
    /** Of a list the path is the bucket's alone. */
    const asked = (operation: string, isOfKey = true): number =>
      proxy.seen.filter(
        (request) => request.operation === operation && request.path.includes('/etcd/') === isOfKey,
      ).length;
    expect(asked('GetObject')).toBe(count);
    expect(asked('GetObject', false)).toBe((2 * count) / 1_000);
    expect(asked('DeleteObject')).toBe(0);

    await users.mergePatch(
      etcdBackupSchedules,
      { namespace, name: 'nightly' },
      {
        spec: { retention: { keepLast: count - surplus, maxDeletesPerRun: 1_000 } },
      },
    );
    await until((found) => found?.inventory?.count === count - surplus);
    const left: string[] = [];
    for await (const { key } of store.list('')) left.push(key);
    expect(left.filter((key) => key.startsWith('etcd2/'))).toHaveLength(siblings);
    const ours = left.filter((key) => key.startsWith('etcd/'));
    expect(ours).toHaveLength(2 * (count - surplus));
    expect(ours[0]).toBe(backupKeys(prefix, uidOf(surplus)).manifest);
    const deletes = proxy.seen
      .filter(({ operation }) => operation === 'DeleteObject')
      .map(({ path }) => path);
    expect(deletes).toHaveLength(2 * surplus);
    expect(deletes.filter((path) => !path.startsWith(`/backups/${backupsFolder(prefix)}`))).toEqual([]);
    // What is known is not read again; each that goes is looked at once more before.
    expect(asked('GetObject')).toBe(count + surplus);
  }, 240_000);
});
