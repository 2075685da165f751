import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect } from '@jest/globals';
import { openWriter } from '@stateful/etcd/testing';
import { type EtcdBackup } from '@stateful/etcd-backup-api';
import {
  etcdBackupOperator,
  killOperator,
  operatorMetrics,
  type Environment,
} from '../../harness/environment.ts';
import {
  addressOf,
  endpointOf,
  etcdBackups,
  etcdMembers,
  startEtcdInPods,
  storeOf,
  untilCondition,
} from '../../harness/etcd.ts';
import {
  startObjectStore,
  startStoreOutside,
  type StoreInCluster,
  type StoreOutside,
} from '../../harness/object-store.ts';
import { createSuite } from '../../harness/suite.ts';
import { eventually, waitForObject } from '../../harness/wait.ts';

const namespace = 'etcd-backup';

describe('an etcd of three members in pods, backed up', () => {
  let environment: Environment;
  let inside: StoreInCluster;
  let outside: StoreOutside | undefined;
  const cluster = { endpoints: etcdMembers.map((member) => endpointOf(namespace, member)) };
  const { check, figures } = createSuite(namespace, etcdBackupOperator, async (here) => {
    environment = here;
    inside = await startObjectStore(here, namespace);
    outside = await startStoreOutside(here, namespace);
    await startEtcdInPods(here, namespace);
  });
  afterAll(() => outside?.stop());

  const backUp = (name: string, store: StoreInCluster, spec: object = {}): Promise<EtcdBackup> =>
    environment.client.create(etcdBackups, {
      metadata: { namespace, name },
      spec: { cluster, store: storeOf(store, 'pods'), ...spec },
    } as unknown as EtcdBackup);
  async function write(count: number, bytes: number): Promise<void> {
    const writer = openWriter(await addressOf(environment, namespace, 'etcd-0'));
    for (let n = 0; n < count; n++) await writer.put(`key-${n}`, Buffer.alloc(bytes, n));
    writer.close();
  }
  const key = (name: string) => ({ namespace, name });

  check(
    'a backup goes to an S3 server in a pod, and is verified by its HashKV against three members',
    async () => {
      await write(200, 1024);
      await backUp('first', inside);
      const backup = await untilCondition(environment, etcdBackups, key('first'), 'Succeeded', 90_000);
      const verified = await untilCondition(environment, etcdBackups, key('first'), 'Verified', 60_000);
      expect(verified.status?.verification).toMatchObject({ level: 'HashKV', result: 'Passed' });
      expect(backup.status?.etcd).toMatchObject({ membersChecked: 3, membersAgreeing: 3 });
      figures.push(
        `a backup of ${backup.status?.artifact?.sizeBytes} bytes, verified by HashKV: ${backup.status?.timings?.totalSeconds} s`,
      );
    },
    180_000,
  );

  check(
    'the operator’s pod is deleted in the middle, five times: each backup is one object and one manifest',
    async () => {
      // Large enough for a kill to fall into a stream, slow enough for it to last.
      await write(100, 256 * 1024);
      const slow = { store: { s3: { ...storeOf(outside!, 'killed').s3, maxBytesPerSecond: 10_000_000 } } };
      const names = [1, 2, 3, 4, 5].map((n) => `killed-${n}`);
      const steps: string[] = [];
      for (const name of names) {
        await backUp(name, outside!, slow);
        const caught = await waitForObject(
          environment.client,
          etcdBackups,
          key(name),
          `${name} is under way`,
          (object) => ['capture', 'commit', 'verify'].includes(object?.status?.operation?.step ?? ''),
          60_000,
        );
        steps.push(caught?.status?.operation?.step ?? '');
        await killOperator(environment);
      }
      const done = [];
      for (const name of names)
        done.push(await untilCondition(environment, etcdBackups, key(name), 'Succeeded', 180_000));
      const files = readdirSync(outside!.folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.parentPath.includes('killed/v1'))
        .map(({ parentPath, name }) => join(parentPath, name).split('killed/v1/')[1]);
      expect(files.sort()).toEqual(
        done
          .flatMap(({ metadata }) =>
            ['manifest.json', 'snapshot.db'].map((file) => `${metadata?.uid}/${file}`),
          )
          .sort(),
      );
      figures.push(
        `pods of the operator killed during ${steps.join(', ')}: 5 of 5 backups complete, nothing left over`,
      );
    },
    600_000,
  );

  check(
    'its metrics tell of it',
    async () => {
      const metrics = await eventually('the operator is scraped', () => operatorMetrics(environment), 60_000);
      const value = (family: string) =>
        Number(
          new RegExp(`^etcd_backup_${family}\\{namespace="${namespace}",schedule=""\\} (\\S+)$`, 'm').exec(
            metrics,
          )?.[1],
        );
      expect(Date.now() / 1000 - value('last_success_timestamp_seconds')).toBeLessThan(600);
      expect(value('verification_failed')).toBe(0);
      expect(value('revision')).toBeGreaterThan(300);
      const resident = Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]);
      figures.push(`the operator’s resident memory: ${(resident / 2 ** 20).toFixed(0)} MiB`);
    },
    90_000,
  );
});
