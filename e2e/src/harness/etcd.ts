import { openMember, type EtcdMember } from '@stateful/etcd';
import {
  etcdBackupKind,
  etcdBackupScheduleKind,
  etcdRestoreKind,
  group,
  type EtcdBackup,
  type EtcdBackupSchedule,
  type EtcdRestore,
} from '@stateful/etcd-backup-api';
import { imageReference } from '@stateful/images';
import { defineResource, resources, systemClock } from '@stateful/reconcile-sdk';
import { type Environment } from './environment.ts';
import { type StoreInCluster } from './object-store.ts';
import { waitForObject } from './wait.ts';

export const etcdBackups = defineResource<EtcdBackup>(
  group,
  'v1alpha1',
  etcdBackupKind.kind,
  etcdBackupKind.plural,
);
export const etcdBackupSchedules = defineResource<EtcdBackupSchedule>(
  group,
  'v1alpha1',
  etcdBackupScheduleKind.kind,
  etcdBackupScheduleKind.plural,
);
export const etcdRestores = defineResource<EtcdRestore>(
  group,
  'v1alpha1',
  etcdRestoreKind.kind,
  etcdRestoreKind.plural,
);

export const etcdMembers = ['etcd-0', 'etcd-1', 'etcd-2'] as const;
export const etcdImage = imageReference('etcd');
const service = 'etcd';
/** Path of the data directory on each member's volume. */
export const etcdDataDir = 'etcd';

export const endpointOf = (namespace: string, member: string): string =>
  `http://${member}.${service}.${namespace}.svc:2379`;
export const peerUrlOf = (namespace: string, member: string): string =>
  `http://${member}.${service}.${namespace}.svc:2380`;
export const claimOf = (member: string): string => `data-${member}`;

const runAs = {
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  fsGroup: 65532,
  seccompProfile: { type: 'RuntimeDefault' },
};
const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** An etcd of three members in pods, each with a volume. Waits until all are ready. */
export async function startEtcdInPods({ client }: Environment, namespace: string): Promise<void> {
  const labels = { app: 'etcd' };
  await client.apply(
    resources.services,
    {
      metadata: { namespace, name: service },
      spec: {
        clusterIP: 'None',
        // Members must find each other before any of them is ready.
        publishNotReadyAddresses: true,
        selector: labels,
        ports: [
          { name: 'client', port: 2379 },
          { name: 'peer', port: 2380 },
        ],
      },
    },
    { force: true },
  );
  const own = `$(POD_NAME).${service}.${namespace}.svc`;
  const peers = etcdMembers.map((member) => `${member}=${peerUrlOf(namespace, member)}`).join(',');
  await client.apply(
    resources.statefulSets,
    {
      metadata: { namespace, name: service },
      spec: {
        replicas: etcdMembers.length,
        serviceName: service,
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 10,
            securityContext: runAs,
            containers: [
              {
                name: 'etcd',
                image: etcdImage,
                imagePullPolicy: 'Never',
                command: [
                  'etcd',
                  '--name=$(POD_NAME)',
                  `--data-dir=/data/${etcdDataDir}`,
                  '--listen-client-urls=http://0.0.0.0:2379',
                  '--listen-peer-urls=http://0.0.0.0:2380',
                  '--listen-metrics-urls=http://0.0.0.0:2381',
                  `--advertise-client-urls=http://${own}:2379`,
                  `--initial-advertise-peer-urls=http://${own}:2380`,
                  `--initial-cluster=${peers}`,
                  '--log-level=warn',
                ],
                env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
                readinessProbe: { httpGet: { path: '/readyz', port: 2381 }, periodSeconds: 2 },
                securityContext: restricted,
                volumeMounts: [{ name: 'data', mountPath: '/data' }],
              },
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
    },
    { force: true },
  );
  await etcdReady({ client }, namespace, 120_000);
}

/** Waits until all members of the StatefulSet are ready. */
export const etcdReady = (
  { client }: Pick<Environment, 'client'>,
  namespace: string,
  timeoutMs: number,
): Promise<unknown> =>
  waitForObject(
    client,
    resources.statefulSets,
    { namespace, name: service },
    'three members of etcd are ready',
    (set) => set?.status?.readyReplicas === etcdMembers.length,
    timeoutMs,
    (set) => JSON.stringify(set?.status ?? {}),
  );

/** A client in a pod that watches keys from a revision on, as one with a cache does, and again when the watch breaks. */
export async function startWatchingPod(
  { client }: Environment,
  namespace: string,
  prefix: string,
  revision: number,
): Promise<void> {
  const endpoints = etcdMembers.map((member) => endpointOf(namespace, member)).join(',');
  await client.create(resources.pods, {
    metadata: { namespace, name: 'watcher' },
    spec: {
      restartPolicy: 'Always',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      securityContext: runAs,
      containers: [
        {
          name: 'watch',
          image: etcdImage,
          imagePullPolicy: 'Never',
          command: ['etcdctl', `--endpoints=${endpoints}`, 'watch', prefix, '--prefix', `--rev=${revision}`],
          securityContext: restricted,
        },
      ],
    },
  });
  await waitForObject(
    client,
    resources.pods,
    { namespace, name: 'watcher' },
    'the client watches',
    (pod) => pod?.status?.phase === 'Running',
    60_000,
    (pod) => JSON.stringify(pod?.status),
  );
}

/** The address of a member as this machine reaches it. */
export async function addressOf({ client }: Environment, namespace: string, member: string): Promise<string> {
  const { status } = await client.get(resources.pods, { namespace, name: member });
  if (!status?.podIP) throw new Error(`pod ${member} has no address`);
  return `http://${status.podIP}:2379`;
}

/** Asks a member, and closes the connection again. */
export async function askMember<T>(
  environment: Environment,
  namespace: string,
  member: string,
  ask: (member: EtcdMember) => Promise<T>,
): Promise<T> {
  const opened = openMember(await addressOf(environment, namespace, member), {}, systemClock);
  try {
    return await ask(opened);
  } finally {
    opened.close();
  }
}

/** A store as `spec.store` says it. */
export const storeOf = (
  { endpoint, bucket, credentialsSecret }: StoreInCluster,
  prefix: string,
): NonNullable<EtcdBackup['spec']['store']> =>
  ({
    s3: {
      bucket,
      prefix,
      endpoint,
      caSecretRef: { name: credentialsSecret },
      credentials: { secretRef: { name: credentialsSecret } },
      partSizeMiB: 5,
    },
  }) as NonNullable<EtcdBackup['spec']['store']>;

interface Conditions {
  readonly conditions?:
    | readonly {
        readonly type: string;
        readonly status: string;
        readonly reason: string;
        readonly message: string;
      }[]
    | undefined;
}
export const conditionOf = (object: { status?: Conditions | undefined } | undefined, type: string) =>
  object?.status?.conditions?.find((one) => one.type === type);

/** Makes an object and waits until a condition says True or False; throws what it says when it is not `wanted`. */
export async function untilCondition<T extends EtcdBackup | EtcdRestore>(
  { client }: Environment,
  resource: ReturnType<typeof defineResource<T>>,
  key: { namespace: string; name: string },
  type: string,
  timeoutMs: number,
  wanted: 'True' | 'False' = 'True',
): Promise<T> {
  const found = await waitForObject<T>(
    client,
    resource,
    key,
    `${key.name} is ${type}`,
    (object) =>
      ['True', 'False'].includes(conditionOf(object, type)?.status ?? '') &&
      (type === 'Succeeded' || conditionOf(object, type)?.status === wanted),
    timeoutMs,
    (object) => JSON.stringify(object?.status?.conditions ?? 'no status yet'),
  );
  const condition = conditionOf(found, type);
  if (condition?.status !== wanted)
    throw new Error(`${key.name}: ${JSON.stringify(found?.status?.conditions)}`);
  return found!;
}
