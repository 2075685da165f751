import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect } from '@jest/globals';
import { openWriter } from '@stateful/etcd/testing';
import { scheduleLabel, type EtcdBackup, type EtcdBackupSchedule } from '@stateful/etcd-backup-api';
import { resources } from '@stateful/reconcile-sdk';
import { etcdBackupOperator, operatorMetrics, type Environment } from '../../harness/environment.ts';
import {
  addressOf,
  conditionOf,
  endpointOf,
  etcdBackups,
  etcdBackupSchedules,
  etcdMembers,
  startEtcdInPods,
  storeOf,
} from '../../harness/etcd.ts';
import { startStoreOutside, type StoreOutside } from '../../harness/object-store.ts';
import { createSuite } from '../../harness/suite.ts';
import { seconds } from '../../harness/steps.ts';
import { eventually } from '../../harness/wait.ts';

const namespace = 'etcd-schedule';
const minute = 60_000;

describe('a schedule that backs up and checks every minute', () => {
  let environment: Environment;
  let store: StoreOutside | undefined;
  const { check, figures } = createSuite(namespace, etcdBackupOperator, async (here) => {
    environment = here;
    store = await startStoreOutside(here, namespace);
    await startEtcdInPods(here, namespace);
    const writer = openWriter(await addressOf(here, namespace, 'etcd-0'));
    for (let n = 0; n < 100; n++) await writer.put(`key-${n}`, Buffer.alloc(1024, n));
    writer.close();
  });
  afterAll(() => store?.stop());

  const backups = async (): Promise<EtcdBackup[]> =>
    (await environment.client.list(etcdBackups, { namespace, labelSelector: `${scheduleLabel}=often` }))
      .items;

  check(
    'scenario 22: backups are made by schedule, and an etcd is started from one by schedule',
    async () => {
      await environment.client.create(etcdBackupSchedules, {
        metadata: { namespace, name: 'often' },
        spec: {
          schedule: '* * * * *',
          template: {
            cluster: { endpoints: etcdMembers.map((member) => endpointOf(namespace, member)) },
            store: storeOf(store!, 'often'),
          },
          verify: { schedule: '* * * * *', level: 'Drill', pick: 'Latest' },
          retention: { keepLast: 3 },
          staleAfterSeconds: 300,
        },
      } as unknown as EtcdBackupSchedule);
      const drilled = await eventually(
        'a drill has passed',
        async () =>
          (await backups()).find(
            ({ status }) =>
              status?.verification?.level === 'Drill' && status.verification.result === 'Passed',
          ),
        5 * minute,
        1_000,
      );
      const { verification, etcd } = drilled.status!;
      expect(verification).toMatchObject({ restoredRevision: etcd?.revision, restoredHashKV: etcd?.hashKV });
      expect(conditionOf(drilled, 'Verified')).toMatchObject({ status: 'True' });
      figures.push(
        `a drill by schedule: an etcd serves revision ${verification?.restoredRevision} with the same HashKV after ${verification?.rtoSeconds} s`,
      );
      await eventually(
        'nothing is left of the drill',
        async () => (await environment.client.list(resources.jobs, { namespace })).items.length === 0,
        2 * minute,
        1_000,
      );
    },
    8 * minute,
  );

  check(
    'scenario 22: an object that rots is found by the next check, and shows where the alert looks within 5 minutes',
    async () => {
      const began = performance.now();
      // Every object that is there, so that it does not matter which one is picked.
      const rotten = await backups();
      for (const { metadata, status } of rotten) {
        if (!status?.artifact) continue;
        const file = join(store!.folder, 'often/v1', metadata?.uid ?? '', 'snapshot.db');
        const bytes = readFileSync(file);
        bytes[Math.floor(bytes.length / 2)]! ^= 1;
        writeFileSync(file, bytes);
      }
      await environment.client.mergePatch(
        etcdBackupSchedules,
        { namespace, name: 'often' },
        { spec: { schedule: '0 0 1 1 *' } },
      );
      const found = await eventually(
        'a check has found it',
        async () => (await backups()).find(({ status }) => status?.verification?.result === 'Failed'),
        5 * minute,
        1_000,
      );
      expect(conditionOf(found, 'Verified')).toMatchObject({
        status: 'False',
        reason: 'StoredObjectDiffers',
      });
      await eventually(
        'the metric that the alert looks at says so',
        async () =>
          new RegExp(
            `^etcd_backup_verification_failed\\{namespace="${namespace}",schedule="often"\\} [1-9]`,
            'm',
          ).test(await operatorMetrics(environment)),
        minute,
      );
      const took = performance.now() - began;
      figures.push(`from a flipped bit in the store until the metric of the alert: ${seconds(took)}`);
      expect(took).toBeLessThan(5 * minute);
    },
    8 * minute,
  );
});
