import { rmSync } from 'node:fs';
import { afterAll, describe, expect } from '@jest/globals';
import { openMember } from '@stateful/etcd';
import { type EtcdBackup } from '@stateful/etcd-backup-api';
import { type ClusterEtcd } from '@stateful/local-cluster';
import {
  createReflector,
  resources,
  systemClock,
  systemRandom,
  type ConfigMap,
  type Reflector,
} from '@stateful/reconcile-sdk';
import { restoreByHand } from '../../harness/disaster.ts';
import { etcdBackupOperator, type Environment } from '../../harness/environment.ts';
import { etcdBackups, storeOf, untilCondition } from '../../harness/etcd.ts';
import { startStoreOutside, type StoreOutside } from '../../harness/object-store.ts';
import { seconds } from '../../harness/steps.ts';
import { createSuite } from '../../harness/suite.ts';
import { eventually } from '../../harness/wait.ts';

const namespace = 'own-etcd';
const prefix = 'kubernetes';
const bump = 1_000_000;

/**
 * The etcd under the API server itself: what an operator that lives on that API server is for, and where it has the least to
 * stand on. The store is outside of the cluster, as it must be.
 */
describe('the cluster’s own etcd, backed up, destroyed and restored', () => {
  let environment: Environment;
  let etcd: ClusterEtcd;
  let store: StoreOutside | undefined;
  let backup: EtcdBackup;
  let highest = 0;
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  let informer: Reflector<ConfigMap>;
  let epochs = 0;

  const { check, figures } = createSuite(namespace, etcdBackupOperator, async (here) => {
    environment = here;
    if (!here.cluster.etcd) throw new Error('this suite needs a cluster of the native provider');
    etcd = here.cluster.etcd;
    store = await startStoreOutside(here, namespace);
    const { caPem, certPem, keyPem } = etcd.credentials();
    await here.client.create(resources.secrets, {
      metadata: { namespace, name: 'etcd-client' },
      stringData: { 'ca.crt': caPem, 'tls.crt': certPem, 'tls.key': keyPem },
    });
    informer = createReflector<ConfigMap>({
      client: here.client,
      resource: resources.configMaps,
      namespace,
      clock: systemClock,
      random: systemRandom,
      onEpoch: () => epochs++,
    });
    running = informer.run(stop.signal);
  });
  afterAll(async () => {
    stop.abort();
    await running;
    // Whatever happened: the cluster has its etcd again.
    await etcd?.start();
    await store?.stop();
  });

  const put = async (name: string): Promise<number> => {
    const { metadata } = await environment.client.create(resources.configMaps, {
      metadata: { namespace, name },
      data: { name },
    });
    return Number(metadata?.resourceVersion);
  };
  const names = (items: readonly ConfigMap[]): string[] =>
    items
      .map(({ metadata }) => metadata?.name ?? '')
      .filter((name) => name !== 'kube-root-ca.crt')
      .sort();
  const listed = async (): Promise<string[]> =>
    names((await environment.client.list(resources.configMaps, { namespace })).items);
  const backUp = (name: string): Promise<EtcdBackup> =>
    environment.client.create(etcdBackups, {
      metadata: { namespace, name },
      spec: {
        cluster: { endpoints: [etcd.endpoint], tls: { secretRef: { name: 'etcd-client' } } },
        store: storeOf(store!, prefix),
      },
    } as unknown as EtcdBackup);
  const clusterID = async (): Promise<string> => {
    const member = openMember(etcd.endpoint, { tls: etcd.credentials() }, systemClock);
    try {
      return (await member.status()).clusterID;
    } finally {
      member.close();
    }
  };

  check(
    'it is backed up by the operator that lives on it, with its client’s certificate',
    async () => {
      await put('before');
      await backUp('own');
      backup = await untilCondition(
        environment,
        etcdBackups,
        { namespace, name: 'own' },
        'Succeeded',
        90_000,
      );
      expect(backup.status?.etcd).toMatchObject({ clusterID: await clusterID() });
      figures.push(
        `the cluster’s own etcd: ${((backup.status?.artifact?.sizeBytes ?? 0) / 2 ** 20).toFixed(1)} MiB at revision ${backup.status?.etcd?.revision}`,
      );
      highest = await put('after');
      await eventually(
        'the informer has seen all',
        () => Promise.resolve(informer.store.size() >= 3),
        10_000,
      );
    },
    120_000,
  );

  check(
    'destroyed and restored it serves at a higher revision, and no client sees it go back',
    async () => {
      const before = await clusterID();
      const lists = informer.counts().lists;
      const began = performance.now();
      await etcd.kill();
      rmSync(etcd.dataDir, { recursive: true });
      await expect(put('nowhere')).rejects.toThrow();
      const fetched = await restoreByHand({
        ...{ s3: store!.s3, bucket: store!.bucket, prefix, uid: backup.metadata?.uid ?? '' },
        ...{ etcd, peerUrl: 'http://127.0.0.1:32380', bump },
      });
      expect(fetched).toMatchObject({ ok: true, revision: backup.status?.etcd?.revision });
      await eventually(
        'the API server serves again',
        async () => (await listed()).includes('before'),
        60_000,
      );
      figures.push(
        `from the kill of etcd until the API server serves again: ${seconds(performance.now() - began)}`,
      );
      expect(await clusterID()).not.toBe(before);
      const written = await put('anew');
      expect(written).toBeGreaterThan(highest);
      figures.push(`resourceVersion ${highest} before, ${written} after`);
      // The same watch, the same process: what came after the backup is gone for it, too, and what is new arrives.
      await eventually(
        'the informer agrees with the API server',
        async () => {
          const there = await listed();
          expect(there).toEqual(['anew', 'before']);
          return names(informer.store.all()).join() === there.join();
        },
        90_000,
      );
      expect(Number(informer.seen())).toBeGreaterThan(highest);
      // Told to it as an end of the watch's history, never as a store that went back.
      expect(epochs).toBe(0);
      expect(informer.counts().lists).toBeGreaterThan(lists);
    },
    240_000,
  );

  check(
    'everything on it goes on: nodes, controllers, and the operator with its record of the backup',
    async () => {
      await eventually(
        'all nodes are Ready',
        async () => {
          const { items } = await environment.client.list(resources.nodes);
          return (
            items.length === environment.cluster.nodes.length &&
            items.every(({ status }) =>
              status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
            )
          );
        },
        90_000,
      );
      // The backup holds its own EtcdBackup in the middle of its work: it is gone on with, and finds what it had made.
      const again = await untilCondition(
        environment,
        etcdBackups,
        { namespace, name: 'own' },
        'Succeeded',
        120_000,
      );
      expect(again.metadata?.uid).toBe(backup.metadata?.uid);
      expect(again.status?.artifact?.snapshotSHA256).toBe(backup.status?.artifact?.snapshotSHA256);
      await environment.kubectl(
        '--namespace',
        namespace,
        'create',
        'deployment',
        'pause',
        '--image=none',
        '--replicas=0',
      );
      await environment.kubectl(
        '--namespace',
        namespace,
        'rollout',
        'status',
        'deployment/pause',
        '--timeout=30s',
      );
      await backUp('own-again');
      const next = await untilCondition(
        environment,
        etcdBackups,
        { namespace, name: 'own-again' },
        'Succeeded',
        120_000,
      );
      expect(next.status?.etcd?.clusterID).toBe(await clusterID());
      expect(next.status?.etcd?.revision).toBeGreaterThan(highest);
    },
    400_000,
  );
});
