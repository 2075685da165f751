import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { customResourceDefinitions } from '@stateful/etcd-backup-api';
import { startS3, type RunningS3 } from '@stateful/images';
import { createObjectStore, type ObjectStore } from '@stateful/object-store';
import { connect, resources, systemClock, systemRandom, type KubeClient } from '@stateful/reconcile-sdk';
import { createApiServer, kubeconfigFor } from '@stateful/testing';
import { type EtcdCluster } from '@stateful/etcd/testing';
import { startDatabase } from './database.ts';
import { pidOf, usageOf } from './figures.ts';

export const namespace = 'default';
export const bucket = 'backups';

/** A database, a store, and an API server; all but the API server are processes of their own. */
export interface BenchWorld {
  readonly dir: string;
  readonly etcd: EtcdCluster;
  readonly s3: RunningS3;
  readonly store: ObjectStore;
  readonly user: KubeClient;
  readonly kubeconfig: string;
  /** Processor time that etcd and the store have used so far. */
  serversSeconds(): { readonly etcd: number; readonly store: number };
  /** Deletes all objects. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

export async function startBenchWorld(
  dir: string,
  databaseBytes: number,
  onProgress: (doneBytes: number) => void,
): Promise<BenchWorld> {
  mkdirSync(dir, { recursive: true });
  const s3Dir = join(dir, 's3');
  mkdirSync(s3Dir, { recursive: true });
  const etcd = await startDatabase(join(dir, 'etcd'), databaseBytes, onProgress);
  const s3 = await startS3({ dir: s3Dir, buckets: [bucket] });
  const storePid = pidOf(['posix', join(s3Dir, 'data')]);
  const server = createApiServer({ clock: systemClock, random: systemRandom });
  for (const body of customResourceDefinitions()) {
    server.ask({ method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', body });
  }
  const listening = await server.listen();
  const kubeconfig = join(dir, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor(listening.url));
  const user = connect({ config: { server: listening.url, namespace }, fieldManager: 'bench' });
  await user.create(resources.secrets, {
    metadata: { namespace, name: 's3' },
    data: Object.fromEntries(
      Object.entries({ accessKeyId: s3.accessKey, secretAccessKey: s3.secretKey, 'ca.crt': s3.caPem }).map(
        ([key, value]) => [key, Buffer.from(value).toString('base64')],
      ),
    ),
  });
  const credentials = () => Promise.resolve({ accessKeyId: s3.accessKey, secretAccessKey: s3.secretKey });
  const store = createObjectStore({
    location: { bucket, region: s3.region, endpoint: s3.endpoint, caPem: s3.caPem, credentials },
  });
  const seconds = (pid: number | undefined): number => usageOf(pid ?? 0)?.cpuSeconds ?? 0;
  return {
    dir,
    etcd,
    s3,
    store,
    user,
    kubeconfig,
    serversSeconds: () => ({ etcd: seconds(etcd.members[0]!.pid()), store: seconds(storePid) }),
    async clear() {
      for await (const { key } of store.list('')) await store.delete(key);
    },
    async stop() {
      store.close();
      await user.close();
      await listening.close();
      await s3.stop();
      await etcd.stop();
    },
  };
}
