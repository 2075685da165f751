import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readManifest } from '@stateful/etcd-backup-api';
import {
  createKubeClient,
  createLogger,
  createManager,
  systemClock,
  systemRandom,
} from '@stateful/reconcile-sdk';
import {
  etcdBackupSchedulePlan,
  etcdBackups,
  inventoryReader,
  openEndpoints,
  openS3,
  secretsOf,
} from '../src/index.ts';
import { etcdBackupSchedules } from '../src/etcd-backups.ts';
import { namespace, startBackupWorld, type BackupWorld, type RunningOperator } from './backup-world.ts';
import { scheduleOf } from './schedule-world.ts';

describe('a schedule on a real etcd and a real store', () => {
  let world: BackupWorld;
  let operator: RunningOperator | undefined;
  let running: Promise<void> | undefined;
  const stopping = new AbortController();
  beforeAll(async () => {
    world = await startBackupWorld();
  }, 180_000);
  afterAll(async () => {
    stopping.abort();
    await running;
    await operator?.stop();
    await world?.stop();
  }, 60_000);

  it('makes verified backups, keeps the newest, and has them checked again', async () => {
    const { server, user, store } = world;
    operator = world.start();
    const client = createKubeClient({ transport: server.transport(), fieldManager: 'etcd-backup-operator' });
    const readSecret = secretsOf(client);
    const manager = createManager({
      name: 'etcd-backup-operator',
      identity: 'schedules',
      config: { server: 'https://in-process', namespace },
      log: createLogger({ name: 'schedules', level: 'silent' }),
      openTransport: () => server.transport(),
    });
    manager.addPlan(
      etcdBackupSchedulePlan(client, {
        clock: systemClock,
        openStore: openS3(readSecret, { clock: systemClock, random: systemRandom }),
        openMembers: openEndpoints(readSecret, systemClock),
        readInventory: inventoryReader(),
      }),
    );
    running = manager.run(stopping.signal);
    const made = await user.create(
      etcdBackupSchedules,
      scheduleOf({
        schedule: '* * * * *',
        retention: { keepLast: 1 },
        verify: { schedule: '* * * * *', level: 'Stored' },
        template: {
          cluster: { endpoints: [...world.etcd.endpoints] },
          store: {
            s3: {
              bucket: 'backups',
              prefix: 'test',
              endpoint: world.proxy.endpoint,
              credentials: { secretRef: { name: 's3' } },
              partSizeMiB: 5,
            },
          },
        },
      }),
    );
    const schedule = () => user.get(etcdBackupSchedules, { namespace, name: 'nightly' });
    const keys = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const { key } of store.list('test/')) found.push(key);
      return found;
    };
    const first = (await until(async () => (await schedule()).status?.lastVerified?.name)) ?? '';
    // The next one takes its place, and its data goes.
    await until(async () => {
      const isGone = (await user.find(etcdBackups, { namespace, name: first })) === undefined;
      return isGone && (await schedule()).status?.lastSuccessful?.name !== first;
    });
    const { status } = await schedule();
    expect(status?.conditions?.find(({ type }) => type === 'Healthy')).toMatchObject({ status: 'True' });
    const left = await keys();
    expect(left.map((key) => key.split('/').at(-1))).toEqual(['manifest.json', 'snapshot.db']);
    const read = readManifest((await store.get(left[0] ?? '')) ?? Buffer.alloc(0));
    expect(read).toMatchObject({
      ok: true,
      manifest: {
        schedule: { name: 'nightly', uid: made.metadata?.uid },
        verification: { level: 'HashKV', result: 'Passed' },
      },
    });
    await until(async () => {
      const { items } = await user.list(etcdBackups, { namespace });
      return items.some(
        ({ status: { operation } = {} }) =>
          operation?.kind === 'verification' && operation.phase === 'Succeeded',
      );
    });
  }, 420_000);
});

async function until<T>(look: () => Promise<T>, withinMs = 200_000): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new Error('it did not come so far');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
