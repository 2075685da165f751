import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMember, type EtcdMember } from '@stateful/etcd';
import { openWriter, type PodRunner, type Writer } from '@stateful/etcd/testing';
import { customResourceDefinitions, type EtcdBackup, type EtcdRestore } from '@stateful/etcd-backup-api';
import { startFaultProxy, startS3, type FaultProxy, type RunningS3 } from '@stateful/images';
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
  type KubeObject,
  type Resource,
} from '@stateful/reconcile-sdk';
import { createApiServer, withFailpoints, type ApiServer } from '@stateful/testing';
import {
  etcdBackupPlan,
  etcdBackups,
  etcdRestorePlan,
  etcdRestores,
  openEc2,
  openEndpoints,
  openS3,
  secretsOf,
} from '../src/index.ts';
import { runPods } from './run-pods.ts';

export const namespace = 'default';
const bucket = 'backups';
export const names = ['etcd-0', 'etcd-1', 'etcd-2'] as const;
const peers = names.map((name) => `${name}=http://${name}.etcd:2380`).join(',');

export interface RunningOperator {
  readonly log: string[];
  /** As kill -9: nothing of it is heard any more. */
  die(): void;
  stop(): Promise<void>;
}

/** A cluster of one process in which pods are real ones: three members of etcd on claims, a real store, and the operator. */
export interface RestoreWorld {
  readonly server: ApiServer;
  readonly user: KubeClient;
  readonly runner: PodRunner;
  readonly proxy: FaultProxy;
  /** Past the proxy. */
  readonly store: ObjectStore;
  /** `reach`: told of each place where a request of a saga may be interrupted. */
  start(reach?: (name: string) => Promise<void>): RunningOperator;
  /** A StatefulSet of three members and its claims. */
  createMembers(replicas?: number): Promise<void>;
  /** Waits until all members serve, and gives them; closed with the world. */
  members(): Promise<EtcdMember[]>;
  writer(): Writer;
  backUp(name: string): Promise<EtcdBackup>;
  restore(name: string, spec: object): Promise<EtcdRestore>;
  until<T extends KubeObject>(
    resource: Resource<T>,
    name: string,
    is: (object: T) => boolean,
    ms?: number,
  ): Promise<T>;
  stop(): Promise<void>;
}

export async function startRestoreWorld(): Promise<RestoreWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'stateful-etcd-restore-'));
  const s3 = await startS3({ dir, buckets: [bucket] });
  const proxy = await startFaultProxy(s3);
  const server = createApiServer({ clock: systemClock, random: systemRandom });
  for (const body of customResourceDefinitions()) {
    server.ask({ method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', body });
  }
  const user = createKubeClient({ transport: server.transport(), fieldManager: 'a-user' });
  await user.create(resources.secrets, secretOf(s3));
  await user.create(resources.services, {
    metadata: { namespace, name: 'etcd' },
    spec: { clusterIP: 'None', selector: { app: 'etcd' }, ports: [{ port: 2379 }] },
  });
  const runner = await runPods(server);
  const store = createObjectStore({
    location: {
      bucket,
      region: s3.region,
      endpoint: s3.endpoint,
      caPem: s3.caPem,
      credentials: () => Promise.resolve({ accessKeyId: s3.accessKey, secretAccessKey: s3.secretKey }),
    },
  });
  const opened: { close(): void }[] = [];
  const dialled = (name: string): string => runner.dialled(namespace, `http://${name}.etcd:2379`);

  function start(reach: (name: string) => Promise<void> = () => Promise.resolve()): RunningOperator {
    const log: string[] = [];
    let isDead = false;
    const living = (): void => {
      if (isDead) throw new OperatorError('aborted', 'the process is dead');
    };
    const inner = server.transport();
    const transport = {
      ...inner,
      async request(request: Parameters<typeof inner.request>[0]) {
        living();
        const answer = await inner.request(request);
        living();
        return answer;
      },
    };
    const client = createKubeClient({ transport, fieldManager: 'etcd-backup-operator' });
    const readSecret = secretsOf(client);
    const tools = {
      clock: systemClock,
      openStore: openS3(readSecret, { clock: systemClock, random: systemRandom }),
      openMembers: ((where, cluster, signal) =>
        openEndpoints(readSecret, systemClock)(
          where,
          {
            ...cluster,
            endpoints: cluster.endpoints?.map((endpoint) => runner.dialled(namespace, endpoint)),
          },
          signal,
        )) satisfies ReturnType<typeof openEndpoints>,
    };
    const manager = createManager({
      name: 'etcd-backup-operator',
      identity: 'operator',
      config: { server: 'https://in-process', namespace },
      log: createLogger({
        name: 'etcd-backup-operator',
        clock: systemClock,
        level: 'warn',
        destination: { write: (line: string) => void log.push(line) },
      }),
      openTransport: () => transport,
    });
    manager.addPlan(
      etcdBackupPlan({ identity: 'operator', ...tools, openVolumes: openEc2(readSecret, systemClock) }),
    );
    manager.addPlan(
      withFailpoints(etcdRestorePlan({ client, agentImage: 'agent', ...tools }), async (name) => {
        await reach(name);
        living();
      }),
    );
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
        await running.catch(() => undefined);
      },
    };
  }

  const world: RestoreWorld = {
    server,
    user,
    runner,
    proxy,
    store,
    start,
    async createMembers(replicas = 3) {
      await user.create(resources.statefulSets, statefulSet(replicas));
    },
    async members() {
      const members = names.map((name) => openMember(dialled(name), {}, systemClock));
      opened.push(...members);
      await eventually('all members serve', () => Promise.all(members.map((member) => member.revision())));
      return members;
    },
    writer() {
      const writer = openWriter(dialled(names[0]));
      opened.push(writer);
      return writer;
    },
    async backUp(name) {
      await user.create(etcdBackups, {
        metadata: { namespace, name },
        spec: {
          cluster: { endpoints: names.map((member) => `http://${member}.etcd:2379`) },
          store: {
            s3: {
              bucket,
              prefix: 'test',
              endpoint: proxy.endpoint,
              credentials: { secretRef: { name: 's3' } },
              partSizeMiB: 5,
            },
          },
        },
      } as unknown as EtcdBackup);
      return world.until(etcdBackups, name, isOver);
    },
    restore: (name, spec) =>
      user.create(etcdRestores, {
        metadata: { namespace, name },
        spec: {
          mode: 'InPlace',
          ...spec,
          target: {
            image: 'etcd:3.6.5',
            workloadRef: { kind: 'StatefulSet', name: 'etcd' },
            members: names.map((member) => ({
              name: member,
              peerURL: `http://${member}.etcd:2380`,
              claim: `data-${member}`,
            })),
            ...(spec as { target?: object }).target,
          },
        },
      } as unknown as EtcdRestore),
    async until(resource, name, is, ms = 60_000) {
      let last: unknown;
      return eventually(
        `${resource.kind} ${name} comes so far`,
        async () => {
          const object = await user.get(resource, { namespace, name });
          last = object;
          if (!is(object)) throw new Error('not yet');
          return object;
        },
        ms,
      ).catch((error: unknown) => {
        throw new Error(
          `${resource.kind} ${name}: ${JSON.stringify((last as EtcdRestore).status, null, 1)}`,
          {
            cause: error,
          },
        );
      });
    },
    async stop() {
      for (const one of opened) one.close();
      await runner.stop();
      store.close();
      await proxy.stop();
      await s3.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return world;
}

const secretOf = ({ accessKey, secretKey }: RunningS3) => ({
  metadata: { namespace, name: 's3' },
  data: {
    accessKeyId: Buffer.from(accessKey).toString('base64'),
    secretAccessKey: Buffer.from(secretKey).toString('base64'),
  },
});

/** A container that runs etcd on what its data directory holds. */
export const etcdContainer = {
  name: 'etcd',
  image: 'etcd:3.6.5',
  env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
  command: [
    'etcd',
    '--name=$(POD_NAME)',
    '--data-dir=/data',
    '--listen-client-urls=http://0.0.0.0:2379',
    '--advertise-client-urls=http://$(POD_NAME).etcd:2379',
    '--listen-peer-urls=http://0.0.0.0:2380',
    '--initial-advertise-peer-urls=http://$(POD_NAME).etcd:2380',
    `--initial-cluster=${peers}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ],
  volumeMounts: [{ name: 'data', mountPath: '/data' }],
};

const statefulSet = (replicas: number) => ({
  metadata: { namespace, name: 'etcd' },
  spec: {
    serviceName: 'etcd',
    replicas,
    podManagementPolicy: 'Parallel',
    selector: { matchLabels: { app: 'etcd' } },
    template: { metadata: { labels: { app: 'etcd' } }, spec: { containers: [etcdContainer] } },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ],
  },
});

export const conditionOf = ({ status }: EtcdBackup | EtcdRestore) =>
  status?.conditions?.find(({ type }) => type === 'Succeeded');
export const isOver = (object: EtcdBackup | EtcdRestore): boolean =>
  ['True', 'False'].includes(conditionOf(object)?.status ?? '');

/** Tries until it does not throw. */
export async function eventually<T>(what: string, attempt: () => Promise<T>, ms = 60_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) throw new Error(`never: ${what}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
