import { customResourceDefinitions, type EtcdBackup } from '@stateful/etcd-backup-api';
import { startEc2, startEc2Proxy, type Ec2Proxy, type RunningEc2 } from '@stateful/images';
import {
  createKubeClient,
  createLogger,
  createManager,
  OperatorError,
  resources,
  systemClock,
  systemRandom,
  type Clock,
  type KubeClient,
  type Transport,
} from '@stateful/reconcile-sdk';
import { createApiServer, withFailpoints } from '@stateful/testing';
import { etcdBackupPlan, etcdBackups, openEc2, secretsOf, type OpenMembers } from '../src/index.ts';
import { condition, isOver, type Reach } from './backup-world.ts';

export { condition, isOver };
const namespace = 'default';

/** Time that goes so many times as fast. */
export function fastClock(factor: number): Clock {
  const start = { wall: systemClock.now(), monotonic: systemClock.monotonic() };
  const elapsed = (): number => (systemClock.monotonic() - start.monotonic) * factor;
  return {
    now: () => Math.round(start.wall + elapsed()),
    monotonic: () => start.monotonic + elapsed(),
    setTimer: (ms, fn) => systemClock.setTimer(ms / factor, fn),
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
}

/** Members that say that all is well. */
const healthy: OpenMembers = (_, { endpoints = [] }) =>
  Promise.resolve(
    endpoints.map((endpoint, index) => ({
      endpoint,
      revision: () => Promise.resolve(7),
      alarms: () => Promise.resolve([]),
      status: () =>
        Promise.resolve({
          clusterID: 'c1',
          memberID: `a${index}`,
          leader: 'a0',
          version: '3.6.5',
          revision: 7,
          raftAppliedIndex: 9,
          raftTerm: 2,
          dbSize: 100,
          dbSizeInUse: 50,
          isLearner: false,
        }),
      close: () => undefined,
    })) as unknown as Awaited<ReturnType<OpenMembers>>,
  );

export interface EbsOperator {
  die(): void;
  stop(): Promise<void>;
}

/** EC2 behind a proxy that shows snapshots late, in a time that is fast. */
export interface EbsWorld {
  readonly ec2: RunningEc2;
  readonly proxy: Ec2Proxy;
  /** An API server of its own in this process: what runs there sees nothing of others. */
  openPlane(): Promise<EbsPlane>;
  /** IDs of all snapshots that EC2 has with the UID of a backup, past the proxy. */
  snapshots(backup: EtcdBackup): Promise<string[]>;
  /** CreateSnapshot calls that were made for a volume. */
  calls(volumeID: string): number;
  stop(): Promise<void>;
}

export interface EbsPlane {
  readonly user: KubeClient;
  start(options?: { reach?: Reach; identity?: string }): EbsOperator;
  create(name: string, ebs?: object, spec?: object): Promise<EtcdBackup>;
  get(name: string): Promise<EtcdBackup>;
  until(name: string, is: (backup: EtcdBackup) => boolean, withinMs?: number): Promise<EtcdBackup>;
}

export async function startEbsWorld(factor: number): Promise<EbsWorld> {
  const clock = fastClock(factor);
  const ec2 = await startEc2();
  const proxy = await startEc2Proxy(ec2, () => clock.monotonic());
  return {
    ec2,
    proxy,
    openPlane: () => openPlane({ ec2, proxy, clock }),
    async snapshots({ metadata }) {
      const xml = await ec2.ask('DescribeSnapshots', {
        'Filter.1.Name': 'tag:etcd-backup-uid',
        'Filter.1.Value.1': metadata?.uid ?? '',
      });
      return [...xml.matchAll(/<snapshotId>([^<]+)</g)].map(([, id]) => id ?? '');
    },
    calls: (volumeID) =>
      proxy.seen.filter(
        ({ action, isDryRun, parameters }) =>
          action === 'CreateSnapshot' && !isDryRun && parameters['VolumeId'] === volumeID,
      ).length,
    async stop() {
      await proxy.stop();
      await ec2.stop();
    },
  };
}

async function openPlane({
  ec2,
  proxy,
  clock,
}: Pick<EbsWorld, 'ec2' | 'proxy'> & { clock: Clock }): Promise<EbsPlane> {
  const server = createApiServer({ clock: systemClock, random: systemRandom });
  for (const body of customResourceDefinitions()) {
    server.ask({ method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', body });
  }
  const user = createKubeClient({ transport: server.transport(), fieldManager: 'a-user' });
  const text = (value: string): string => Buffer.from(value).toString('base64');
  await user.create(resources.secrets, {
    metadata: { namespace, name: 'ec2' },
    data: { accessKeyId: text(ec2.accessKey), secretAccessKey: text(ec2.secretKey) },
  });

  function start({
    reach = () => Promise.resolve(),
    identity = 'operator-1',
  }: { reach?: Reach; identity?: string } = {}): EbsOperator {
    let isDead = false;
    const inner = server.transport();
    const living = (): void => {
      if (isDead) throw new OperatorError('aborted', 'the process is dead');
    };
    const transport: Transport = {
      ...inner,
      async request(request) {
        living();
        const isWrite = request.method !== 'GET' && request.path.includes('etcdbackups');
        if (isWrite) await reach('status/before');
        living();
        const answer = await inner.request(request);
        if (isWrite) await reach('status/after');
        living();
        return answer;
      },
    };
    const readSecret = secretsOf(
      createKubeClient({ transport: inner, fieldManager: 'etcd-backup-operator' }),
    );
    const plan = withFailpoints(
      etcdBackupPlan({
        identity,
        clock,
        openStore: () => Promise.reject(new Error('there is no store')),
        openMembers: healthy,
        openVolumes: openEc2(readSecret, systemClock),
      }),
      async (name) => {
        await reach(name);
        living();
      },
    );
    const manager = createManager({
      name: 'etcd-backup-operator',
      identity,
      clock,
      config: { server: 'https://in-process', namespace },
      log: createLogger({
        name: 'etcd-backup-operator',
        clock,
        level: 'warn',
        destination: { write: () => undefined },
      }),
      openTransport: () => transport,
    });
    manager.addPlan(plan, { concurrency: 4 });
    const stopping = new AbortController();
    const running = manager.run(stopping.signal);
    return {
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
    user,
    start,
    get,
    create: async (name, ebs = {}, spec = {}) =>
      user.create(etcdBackups, {
        metadata: { namespace, name },
        spec: {
          cluster: { endpoints: ['http://m0:2379', 'http://m1:2379', 'http://m2:2379'] },
          method: 'EbsVolume',
          ebs: {
            volumeIDs: [await ec2.createVolume()],
            region: ec2.region,
            endpoint: proxy.endpoint,
            credentialsSecretRef: { name: 'ec2' },
            ...ebs,
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
  };
}
