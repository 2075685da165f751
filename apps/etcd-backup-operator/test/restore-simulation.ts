import { type EtcdMember } from '@stateful/etcd';
import {
  backupKeys,
  customResourceDefinitions,
  manifestBytes,
  type BackupManifest,
  type EtcdBackup,
  type EtcdRestore,
} from '@stateful/etcd-backup-api';
import { type ObjectFacts, type ObjectStore } from '@stateful/object-store';
import { OperatorError, resources, type Clock, type KubeClient } from '@stateful/reconcile-sdk';
import {
  runSimulators,
  type LivePod,
  type StartProgram,
  type SystemUnderTest,
  type World,
} from '@stateful/testing';
import { etcdBackups, etcdRestorePlan, etcdRestores } from '../src/index.ts';

export const namespace = 'default';
export const oldCluster = 'cdf818194e3a8c32';
const newCluster = 'ab1234567890abcd';
const verbLabel = 'db.example.com/etcd-restore-verb';

/** What stands on one claim, as the agent knows it. */
interface Volume {
  member: 'old' | 'new' | 'none';
  /** `member.pre-OPID`. */
  aside: boolean;
  staging: boolean;
}

/** What goes wrong in a life. */
export interface Mishap {
  /** The Job of this verb for this claim ends for good without having done anything. */
  readonly job?: { readonly verb: string; readonly claim: string };
  /** The new cluster has lost a key. */
  readonly losesKeys?: boolean;
  /** Somebody scales the workload up as soon as it is scaled down; so many times. */
  readonly scaler?: number;
}

/** A snapshot as it stands in a bucket. */
export interface Saved {
  readonly bytes: Buffer;
  readonly manifest: Omit<BackupManifest, 'object'> & { object: Omit<BackupManifest['object'], 'key'> };
}

/** All that is outside the API server, in one life. */
interface Outside {
  readonly volumes: Map<string, Volume>;
  /** By pod: of which cluster the member is that runs there. */
  readonly running: Map<string, 'old' | 'new'>;
}

/**
 * EtcdRestores in a cluster that is simulated as a whole, in virtual time: the agent's work is done on volumes that are a few
 * words, and members run what they find there. Whatever may never be is complained of when it is.
 */
export function simulatedRestores(saved: Saved, mishap: Mishap = {}): SystemUnderTest {
  let outside: Outside = { volumes: new Map(), running: new Map() };
  return {
    operator: {
      name: 'etcd-backup-operator',
      build: (manager, { clock }) =>
        manager.addPlan(
          etcdRestorePlan({
            client: manager.client,
            clock,
            agentImage: 'agent',
            openStore: () => Promise.resolve(storeOf(saved)),
            openMembers: (_namespace, { endpoints = [] }) =>
              Promise.resolve(endpoints.map((endpoint) => memberOf(endpoint, outside, mishap))),
          }),
        ),
    },
    async setUp(world) {
      outside = { volumes: new Map(), running: new Map() };
      const { server, clock, users } = world;
      runSimulators(server, { clock, programs: (pod) => programOf(pod, world, outside, mishap) });
      for (const body of customResourceDefinitions()) {
        server.ask({ method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', body });
      }
      completeBackups(world);
      if (mishap.scaler) scaleUp(world, mishap.scaler);
      await users.create(resources.statefulSets, statefulSet());
      await users.create(etcdBackups, {
        metadata: { namespace, name: 'saved' },
        spec: {
          cluster: { endpoints: endpoints() },
          store: { s3: { bucket: 'backups' } },
        },
      } as unknown as EtcdBackup);
    },
    parents: etcdRestores,
    managed: [resources.jobs, resources.statefulSets, etcdBackups],
    outside: () => Object.fromEntries(outside.volumes),
  };
}

const names = ['etcd-0', 'etcd-1', 'etcd-2'];
const endpoints = (): string[] => names.map((name) => `http://${name}.etcd:2379`);

export const createRestore = (users: KubeClient, spec: object = {}): Promise<EtcdRestore> =>
  users.create(etcdRestores, {
    metadata: { namespace, name: 'back' },
    spec: {
      source: { backupRef: { name: 'saved' } },
      mode: 'InPlace',
      target: {
        image: 'etcd:3.6.5',
        workloadRef: { kind: 'StatefulSet', name: 'etcd' },
        members: names.map((name) => ({ name, peerURL: `http://${name}.etcd:2380`, claim: `data-${name}` })),
      },
      safety: { confirmClusterID: oldCluster },
      ...spec,
    },
  } as unknown as EtcdRestore);

const statefulSet = () => ({
  metadata: { namespace, name: 'etcd' },
  spec: {
    serviceName: 'etcd',
    replicas: 3,
    podManagementPolicy: 'Parallel',
    selector: { matchLabels: { app: 'etcd' } },
    template: {
      metadata: { labels: { app: 'etcd' } },
      spec: {
        containers: [
          { name: 'etcd', image: 'etcd:3.6.5', volumeMounts: [{ name: 'data', mountPath: '/data' }] },
        ],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ],
  },
});

const claimOf = ({ spec }: LivePod): string =>
  spec?.volumes?.find(({ persistentVolumeClaim }) => persistentVolumeClaim)?.persistentVolumeClaim
    ?.claimName ?? '';

function programOf(
  pod: LivePod,
  world: World,
  { volumes, running }: Outside,
  mishap: Mishap,
): StartProgram | undefined {
  const claim = claimOf(pod);
  const { name, labels } = pod.metadata;
  const verb = labels?.[verbLabel];
  if (claim === '') return undefined;
  const volume = volumes.get(claim) ?? { member: 'old', aside: false, staging: false };
  volumes.set(claim, volume);
  const { clock } = world;
  return verb === undefined ? etcd : agent(verb);

  function etcd({ ready, exit }: Parameters<StartProgram>[0]): ReturnType<StartProgram> {
    if (volume.member === 'none')
      world.complain(`${name} runs without data: it would be a member of nothing`);
    running.set(name, volume.member === 'new' ? 'new' : 'old');
    if (new Set(running.values()).size > 1) world.complain('old and new members run side by side');
    const timer = clock.setTimer(1_000, () => ready(true));
    const stop = (): void => {
      timer.cancel();
      running.delete(name);
    };
    return {
      term: () => void clock.setTimer(500, () => (stop(), exit(0))),
      kill: stop,
    };
  }

  function agent(what: string): StartProgram {
    return ({ exit }) => {
      if (what !== 'forget' && running.has(claim.replace('data-', ''))) {
        world.complain(`${what} of ${claim} while its member runs`);
      }
      const timer = clock.setTimer(3_000, () => {
        if (mishap.job?.verb === what && mishap.job.claim === claim) {
          return exit(2, JSON.stringify({ ok: false, code: 'NoSpace', message: 'no space is left' }));
        }
        work(what);
        exit(0, JSON.stringify({ ok: true, sizeBytes: 1 }));
      });
      return { term: () => (timer.cancel(), exit(143)), kill: () => timer.cancel() };
    };
  }

  function work(what: string): void {
    if (what === 'materialize') volume.staging = true;
    else if (what === 'swap' && !volume.aside) {
      if (!volume.staging) world.complain(`${claim} is swapped and nothing is staged`);
      Object.assign(volume, { member: 'new', aside: true });
    } else if (what === 'back') {
      Object.assign(volume, { ...(volume.aside ? { member: 'old' } : {}), aside: false, staging: false });
    } else if (what === 'forget') Object.assign(volume, { aside: false, staging: false });
  }
}

function memberOf(endpoint: string, { running }: Outside, { losesKeys }: Mishap): EtcdMember {
  const name = new URL(endpoint).hostname.split('.')[0]!;
  const asked = <T>(answer: (data: 'old' | 'new') => T): Promise<T> => {
    const data = running.get(name);
    return data === undefined
      ? Promise.reject(new OperatorError('unavailable', `${endpoint} does not answer`))
      : Promise.resolve(answer(data));
  };
  const revision = (data: 'old' | 'new'): number => (data === 'old' ? 5_000 : 2_000_000);
  return {
    endpoint,
    status: () =>
      asked((data) => ({
        clusterID: data === 'old' ? oldCluster : newCluster,
        memberID: name,
        revision: revision(data),
        version: '3.6.5',
        storageVersion: '3.6.0',
        dbSize: 1,
        dbSizeInUse: 1,
        leader: names[0]!,
        raftIndex: 6_000,
        raftAppliedIndex: 6_000,
        raftTerm: 2,
        errors: [],
        isLearner: false,
      })),
    members: () => asked(() => []),
    alarms: () => asked(() => []),
    revision: () => asked(revision),
    keyCount: () => asked(() => (losesKeys ? 1 : 2)),
    hashKV: () => asked(() => ({ hash: 1, compactRevision: 1, hashRevision: 1 })),

    async *snapshot() {
      await Promise.reject(new Error('nobody reads it'));
    },
    close: () => undefined,
  };
}

/** A bucket with one backup, whatever its UID is. */
function storeOf({ bytes, manifest }: Saved): ObjectStore {
  const facts: ObjectFacts = { key: '', sizeBytes: bytes.length, etag: '"1"', metadata: {} };
  const never = (): never => {
    throw new Error('a restore writes nothing to the store');
  };
  return {
    bucket: 'backups',
    head: () => Promise.resolve(facts),
    get: (key) => {
      const uid = /v1\/([^/]+)\//.exec(key)?.[1] ?? '';
      const object = { ...manifest.object, key: backupKeys('', uid).object };
      return Promise.resolve(manifestBytes({ ...manifest, opID: uid, object }));
    },
    // eslint-disable-next-line @typescript-eslint/require-await
    async *read() {
      yield bytes;
    },
    put: never,
    list: never,
    delete: never,
    openUpload: never,
    sendParts: never,
    listParts: never,
    completeUpload: never,
    abortUpload: never,
    listUploads: never,
    bucketFeatures: never,
    close: () => undefined,
  };
}

/** In place of the controller of EtcdBackups: each one is complete after a while. */
function completeBackups({ server, clock, users }: World): void {
  server.store.onChange(({ of, object, previous }) => {
    if (!of.startsWith('etcdbackups.') || previous) return;
    clock.setTimer(2_000, () => {
      const condition = (type: string, time: Clock) => ({
        type,
        status: 'True',
        reason: 'Completed',
        message: '',
        observedGeneration: 1,
        lastTransitionTime: new Date(time.now()).toISOString().replace(/\.\d+/, ''),
      });
      void users.mergePatch(
        etcdBackups,
        { namespace, name: object.metadata.name },
        { status: { conditions: [condition('Succeeded', clock), condition('Verified', clock)] } } as never,
        { subresource: 'status' },
      );
    });
  });
}

/** Somebody who wants the workload to run: an autoscaler, or another operator. */
function scaleUp({ server, clock, users }: World, times: number): void {
  let left = times;
  server.store.onChange(({ of, object }) => {
    const { spec } = object as { spec?: { replicas?: number } };
    if (of !== 'statefulsets.apps' || spec?.replicas !== 0 || left === 0) return;
    left--;
    clock.setTimer(1_000, () => {
      void users.mergePatch(
        resources.statefulSets,
        { namespace, name: 'etcd' },
        { spec: { replicas: 3 } },
        { subresource: 'scale' },
      );
    });
  });
}
