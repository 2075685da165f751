import { describe, expect } from '@jest/globals';
import { openWriter } from '@stateful/etcd/testing';
import { type EtcdBackup, type EtcdRestore } from '@stateful/etcd-backup-api';
import { etcdBackupOperator, killOperator, type Environment } from '../../harness/environment.ts';
import {
  addressOf,
  askMember,
  claimOf,
  conditionOf,
  endpointOf,
  etcdBackups,
  etcdDataDir,
  etcdImage,
  etcdMembers,
  etcdReady,
  etcdRestores,
  peerUrlOf,
  startEtcdInPods,
  startWatchingPod,
  storeOf,
  untilCondition,
} from '../../harness/etcd.ts';
import { startObjectStore, type StoreInCluster } from '../../harness/object-store.ts';
import { createSuite } from '../../harness/suite.ts';
import { seconds } from '../../harness/steps.ts';
import { eventually, waitForObject } from '../../harness/wait.ts';

const namespace = 'etcd-restore';

describe('an etcd of three members in pods, restored in place', () => {
  let environment: Environment;
  let store: StoreInCluster;
  let backup: EtcdBackup;
  let oldCluster = '';
  let highest = 0;
  const cluster = { endpoints: etcdMembers.map((member) => endpointOf(namespace, member)) };
  const { check, figures } = createSuite(namespace, etcdBackupOperator, async (here) => {
    environment = here;
    store = await startObjectStore(here, namespace);
    await startEtcdInPods(here, namespace);
  });

  const key = (name: string) => ({ namespace, name });
  const put = async (name: string, value: string): Promise<void> => {
    const writer = openWriter(await addressOf(environment, namespace, 'etcd-0'));
    await writer.put(name, value);
    writer.close();
  };
  const statuses = () =>
    Promise.all(
      etcdMembers.map((member) => askMember(environment, namespace, member, (one) => one.status())),
    );
  const keyCount = (): Promise<number> =>
    askMember(environment, namespace, 'etcd-0', (member) => member.keyCount(0));
  const restore = (name: string, spec: object): Promise<EtcdRestore> =>
    environment.client.create(etcdRestores, {
      metadata: { namespace, name },
      spec: {
        source: { backupRef: { name: 'good' } },
        mode: 'InPlace',
        target: {
          members: etcdMembers.map((member) => ({
            name: member,
            peerURL: peerUrlOf(namespace, member),
            claim: claimOf(member),
          })),
          dataDir: etcdDataDir,
          image: etcdImage,
          workloadRef: { kind: 'StatefulSet', name: 'etcd' },
        },
        ...spec,
      },
    } as unknown as EtcdRestore);

  check(
    'a verified backup is there, and the cluster goes on beyond it, with a client that watches',
    async () => {
      for (let n = 0; n < 50; n++) await put(`key-${n}`, `value-${n}`);
      await environment.client.create(etcdBackups, {
        metadata: { namespace, name: 'good' },
        spec: { cluster, store: storeOf(store, 'restore') },
      } as unknown as EtcdBackup);
      await untilCondition(environment, etcdBackups, key('good'), 'Succeeded', 90_000);
      backup = await untilCondition(environment, etcdBackups, key('good'), 'Verified', 60_000);
      await put('lost-later', 'written after the backup');
      const [status] = await statuses();
      oldCluster = status!.clusterID;
      highest = status!.revision;
      expect(highest).toBeGreaterThan(backup.status?.etcd?.revision ?? 0);
      await startWatchingPod(environment, namespace, 'lost-', highest);
    },
    180_000,
  );

  check(
    'scenario 24: without the ID of the cluster, or with that of another, nothing is touched',
    async () => {
      await expect(restore('unconfirmed', {})).rejects.toThrow(/confirmClusterID/);
      await restore('mistaken', { safety: { confirmClusterID: 'abc' } });
      const refused = await untilCondition(
        environment,
        etcdRestores,
        key('mistaken'),
        'Succeeded',
        60_000,
        'False',
      );
      figures.push(`a restore of another cluster is refused: ${conditionOf(refused, 'Succeeded')?.reason}`);
      expect((await statuses()).map(({ clusterID }) => clusterID)).toEqual(etcdMembers.map(() => oldCluster));
      expect(await keyCount()).toBe(51);
    },
    120_000,
  );

  check(
    'scenario 23, E-07: in place, with the operator’s pod deleted in the middle, it comes back at a higher revision',
    async () => {
      const began = performance.now();
      await restore('in-place', { safety: { confirmClusterID: oldCluster } });
      await waitForObject(
        environment.client,
        etcdRestores,
        key('in-place'),
        'the restore materializes data',
        (object) =>
          ['materialize', 'swap', 'start'].includes(object?.status?.operation?.step ?? '') ||
          conditionOf(object, 'Succeeded')?.status === 'False',
        180_000,
        (object) => JSON.stringify(object?.status),
      );
      await killOperator(environment);
      const done = await untilCondition(environment, etcdRestores, key('in-place'), 'Succeeded', 400_000);
      figures.push(`restored in place, operator killed on the way: ${seconds(performance.now() - began)}`);
      await etcdReady(environment, namespace, 60_000);
      const now = await statuses();
      expect(new Set(now.map(({ clusterID }) => clusterID)).size).toBe(1);
      expect(now[0]!.clusterID).not.toBe(oldCluster);
      for (const { revision } of now) expect(revision).toBeGreaterThan(highest);
      expect(await keyCount()).toBe(50);
      expect(done.status?.clusterID).toEqual({ old: oldCluster, new: now[0]!.clusterID });
      figures.push(
        `revision ${highest} before, ${now[0]!.revision} after; the backup was at ${backup.status?.etcd?.revision}`,
      );
    },
    600_000,
  );

  check(
    'E-08: the client that watched is told that its history is gone, and sees nothing go back',
    async () => {
      await eventually(
        'the watch is refused',
        async () => {
          const logs = (...more: string[]) =>
            environment.kubectl('--namespace', namespace, 'logs', 'watcher', ...more).catch(() => '');
          return `${await logs()}${await logs('--previous')}`.includes(
            'required revision has been compacted',
          );
        },
        120_000,
        1_000,
      );
      await put('key-new', 'after the restore');
      expect(await keyCount()).toBe(51);
    },
    180_000,
  );
});
