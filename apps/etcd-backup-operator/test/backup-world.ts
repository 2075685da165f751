import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { customResourceDefinitions, type EtcdBackup } from '@stateful/etcd-backup-api';
import {
  createTestCertificate,
  startFaultProxy,
  startS3,
  type FaultProxy,
  type RunningS3,
} from '@stateful/images';
import { createObjectStore, type ObjectStore } from '@stateful/object-store';
import {
  createKubeClient,
  createLogger,
  createManager,
  OperatorError,
  resources,
  systemClock,
  systemRandom,
  type KubeClient,
  type Transport,
} from '@stateful/reconcile-sdk';
import { createApiServer, withFailpoints, type ApiServer } from '@stateful/testing';
import {
  backupStorePlan,
  etcdBackupPlan,
  etcdBackups,
  openEc2,
  openEndpoints,
  openS3,
  secretsOf,
} from '../src/index.ts';
import { type EtcdMember } from '@stateful/etcd';
import { startEtcd, type EtcdCluster } from '@stateful/etcd/testing';

export const namespace = 'default';
const bucket = 'backups';

/** Called at every place where a process may die: before and after each request of the saga and each status write. */
export type Reach = (name: string) => Promise<void>;

export interface StartOptions {
  readonly reach?: Reach;
  readonly identity?: string;
  /** What a test puts between the operator and a member. */
  readonly tamper?: (member: EtcdMember) => EtcdMember;
}

export interface RunningOperator {
  readonly log: string[];
  /** As kill -9: nothing of it is heard any more. */
  die(): void;
  stop(): Promise<void>;
}

/** A real etcd of three members, a real store behind a proxy that makes trouble, and an API server in this process. */
export interface BackupWorld {
  readonly etcd: EtcdCluster;
  /** The one that runs now. */
  readonly s3: RunningS3;
  readonly proxy: FaultProxy;
  readonly server: ApiServer;
  readonly user: KubeClient;
  /** Past the proxy. */
  readonly store: ObjectStore;
  start(options?: StartOptions): RunningOperator;
  create(name: string, spec?: object): Promise<EtcdBackup>;
  get(name: string): Promise<EtcdBackup>;
  until(name: string, is: (backup: EtcdBackup) => boolean, withinMs?: number): Promise<EtcdBackup>;
  /** The store knows other credentials from now on, and no more those of before. The Secret is not touched. */
  rotate(): Promise<void>;
  /** Puts the credentials that count now into the Secret. */
  writeSecret(): Promise<void>;
  /** Keys of all objects below a backup's folder, and the number of its open uploads. */
  left(backup: EtcdBackup): Promise<{ keys: string[]; uploads: number }>;
  stop(): Promise<void>;
}

export async function startBackupWorld(): Promise<BackupWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'stateful-etcd-backup-'));
  const tls = await createTestCertificate(['localhost', '127.0.0.1']);
  const [etcd, firstS3] = await Promise.all([startEtcd(3), startS3({ dir, tls, buckets: [bucket] })]);
  let s3 = firstS3;
  let rotations = 0;
  const proxy = await startFaultProxy(s3);
  const server = createApiServer({ clock: systemClock, random: systemRandom });
  for (const body of customResourceDefinitions()) {
    server.ask({ method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', body });
  }
  const user = createKubeClient({ transport: server.transport(), fieldManager: 'a-user' });
  await user.create(resources.secrets, {
    metadata: { namespace, name: 's3' },
    data: secretData(),
  });
  function secretData() {
    return {
      accessKeyId: Buffer.from(s3.accessKey).toString('base64'),
      secretAccessKey: Buffer.from(s3.secretKey).toString('base64'),
    };
  }
  const credentials = () => Promise.resolve({ accessKeyId: s3.accessKey, secretAccessKey: s3.secretKey });
  const store = createObjectStore({
    location: { bucket, region: s3.region, endpoint: s3.endpoint, caPem: s3.caPem, credentials },
  });

  function start({
    reach = () => Promise.resolve(),
    identity = 'operator-1',
    tamper = (member) => member,
  }: StartOptions = {}): RunningOperator {
    const log: string[] = [];
    let isDead = false;
    const inner = server.transport();
    const living = (): void => {
      if (isDead) throw new OperatorError('aborted', 'the process is dead');
    };
    const transport: Transport = {
      ...inner,
      async request(request) {
        living();
        const what = request.path.includes('/jobs') ? 'job' : 'status';
        const isWrite = request.method !== 'GET' && /etcdbackups|\/jobs/.test(request.path);
        if (isWrite) await reach(`${what}/before`);
        living();
        const answer = await inner.request(request);
        if (isWrite) await reach(`${what}/after`);
        living();
        return answer;
      },
    };
    const client = createKubeClient({ transport: inner, fieldManager: 'etcd-backup-operator' });
    const readSecret = secretsOf(client);
    const openStore = openS3(readSecret, { clock: systemClock, random: systemRandom });
    const plan = withFailpoints(
      etcdBackupPlan({
        identity,
        clock: systemClock,
        openStore,
        openVolumes: openEc2(readSecret, systemClock),
        agentImage: 'operator',
        etcdImageOf: (version) => `etcd:${version}`,
        openMembers: async (...args) => (await openEndpoints(readSecret, systemClock)(...args)).map(tamper),
      }),
      async (name) => {
        await reach(name);
        if (isDead) throw new OperatorError('aborted', 'the process is dead');
      },
    );
    const manager = createManager({
      name: 'etcd-backup-operator',
      identity,
      config: { server: 'https://in-process', namespace },
      log: createLogger({
        name: 'etcd-backup-operator',
        clock: systemClock,
        level: 'debug',
        destination: { write: (line: string) => void log.push(line) },
      }),
      openTransport: () => transport,
    });
    manager.addPlan(backupStorePlan({ clock: systemClock, openStore }));
    manager.addPlan(plan);
    const stopping = new AbortController();
    const running = manager.run(stopping.signal);
    return {
      log,
      die() {
        isDead = true;
        stopping.abort();
        running.catch(() => undefined);
      },
      async stop() {
        stopping.abort();
        await running;
      },
    };
  }

  const get = (name: string): Promise<EtcdBackup> => user.get(etcdBackups, { namespace, name });
  return {
    etcd,
    get s3() {
      return s3;
    },
    proxy,
    server,
    user,
    store,
    start,
    get,
    create: (name, spec = {}) =>
      user.create(etcdBackups, {
        metadata: { namespace, name },
        spec: {
          cluster: { endpoints: [...etcd.endpoints] },
          store: {
            s3: {
              bucket,
              prefix: 'test',
              endpoint: proxy.endpoint,
              credentials: { secretRef: { name: 's3' } },
              partSizeMiB: 5,
            },
          },
          retry: { maxAttempts: 4, baseSeconds: 1, capSeconds: 2 },
          ...spec,
        },
      } as unknown as EtcdBackup),
    async until(name, is, withinMs = 30_000) {
      const end = performance.now() + withinMs;
      for (;;) {
        const backup = await get(name);
        if (is(backup)) return backup;
        if (performance.now() > end) {
          throw new Error(`backup ${name} did not come so far: ${JSON.stringify(backup.status, null, 1)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
    async rotate() {
      const { port } = s3;
      await s3.stop();
      s3 = await startS3({ dir, tls, port, buckets: [bucket], accessKey: `key-${++rotations}` });
    },
    async writeSecret() {
      await user.mergePatch(resources.secrets, { namespace, name: 's3' }, { data: secretData() });
    },
    async left({ metadata }) {
      const prefix = `test/v1/${metadata?.uid}/`;
      const keys: string[] = [];
      let uploads = 0;
      for await (const { key } of store.list(prefix)) keys.push(key.slice(prefix.length));
      for await (const _ of store.listUploads(prefix)) uploads++;
      return { keys: keys.sort(), uploads };
    },
    async stop() {
      store.close();
      await proxy.stop();
      await s3.stop();
      await etcd.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export const condition = (backup: EtcdBackup, type = 'Succeeded') =>
  backup.status?.conditions?.find((one) => one.type === type);
export const isOver = (backup: EtcdBackup): boolean =>
  ['True', 'False'].includes(condition(backup)?.status ?? '');
