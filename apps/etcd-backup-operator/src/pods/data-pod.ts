import { type S3Store } from '@stateful/backup-store-api';
import { type Job } from '@stateful/reconcile-sdk';
import { type Container, type EnvVar, type Mounts, type PodSpec, type Volume } from './pod-types.ts';

/** What all pods that handle data have in common. */
export interface DataPod {
  /** Of the Job. */
  readonly name: string;
  readonly namespace: string;
  /** Of the Job and its pod. */
  readonly labels: Readonly<Record<string, string>>;
  /** UID of the object that it is for. */
  readonly opID: string;
  /** Image with the agent: the operator's own. */
  readonly agentImage: string;
  /** Image with `etcd` and `etcdutl` in its PATH. */
  readonly etcdImage: string;
  /** Who owns the data. Default 65532, as in etcd's image. */
  readonly user?: { readonly runAsUser: number; readonly runAsGroup?: number; readonly fsGroup?: number };
}

/** One object, and what must be found in it. */
export interface StoredSnapshot {
  readonly key: string;
  readonly versionID?: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly revision?: number;
  readonly compactRevision?: number;
  readonly hashKV?: number;
}

/** Where things stand in the containers. */
export const paths = {
  agent: '/opt/stateful/agent.mjs',
  credentials: '/etc/stateful/store/credentials',
  authority: '/etc/stateful/store/authority',
  terminationLog: '/dev/termination-log',
} as const;

const anyone = { runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532 };

/** Within the restricted Pod Security Standard, whatever the image says. */
const confined: Container['securityContext'] = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** A container of the agent; what it needs of the store comes by files and, where nothing is secret, by its environment. */
export const agentContainer = (
  { agentImage }: DataPod,
  name: string,
  args: readonly string[],
  { store, mounts, env = [] }: { store?: S3Store; mounts: Mounts; env?: EnvVar[] },
): Container => ({
  name,
  image: agentImage,
  command: ['node', paths.agent],
  args: [...args, `--termination-log=${paths.terminationLog}`],
  ...(store || env.length > 0 ? { env: [...(store ? storeEnv(store) : []), ...env] } : {}),
  volumeMounts: [...(mounts ?? []), ...(store ? storeMounts(store) : [])],
  securityContext: confined,
});

/** A container of etcd's image, which has no shell. */
export const etcdContainer = (
  { etcdImage }: DataPod,
  name: string,
  command: readonly string[],
  mounts: Mounts,
): Container => ({
  name,
  image: etcdImage,
  command: [...command],
  ...(mounts ? { volumeMounts: mounts } : {}),
  // etcdutl says why it failed on its standard error, and leaves no message of its own.
  terminationMessagePolicy: 'FallbackToLogsOnError',
  securityContext: confined,
});

function storeEnv(store: S3Store): EnvVar[] {
  return [
    { name: 'STORE', value: JSON.stringify(store) },
    ...(store.credentials?.secretRef ? [{ name: 'STORE_CREDENTIALS_DIR', value: paths.credentials }] : []),
    ...(store.caSecretRef ? [{ name: 'STORE_CA_FILE', value: `${paths.authority}/ca.crt` }] : []),
  ];
}

const storeMounts = ({ credentials, caSecretRef }: S3Store): Mounts => [
  ...(credentials?.secretRef ? [{ name: 'credentials', mountPath: paths.credentials, readOnly: true }] : []),
  ...(caSecretRef ? [{ name: 'authority', mountPath: paths.authority, readOnly: true }] : []),
];

export const storeVolumes = ({ credentials, caSecretRef }: S3Store): Volume[] => [
  ...(credentials?.secretRef
    ? [{ name: 'credentials', secret: { secretName: credentials.secretRef.name } }]
    : []),
  ...(caSecretRef
    ? [
        {
          name: 'authority',
          secret: { secretName: caSecretRef.name, items: [{ key: 'ca.crt', path: 'ca.crt' }] },
        },
      ]
    : []),
];

/** What the agent is to find in the object, as its arguments. */
export const objectArgs = ({
  key,
  versionID,
  sizeBytes,
  sha256,
  revision,
  compactRevision,
  hashKV,
}: StoredSnapshot): string[] => [
  `--object=${key}`,
  `--size=${sizeBytes}`,
  `--sha256=${sha256}`,
  ...(versionID === undefined ? [] : [`--version-id=${versionID}`]),
  ...(revision === undefined ? [] : [`--revision=${revision}`]),
  ...(compactRevision === undefined ? [] : [`--compact-revision=${compactRevision}`]),
  ...(hashKV === undefined ? [] : [`--hash-kv=${hashKV}`]),
];

/** How a Job deals with pods that fail. */
export interface Persistence {
  readonly backoffLimit: number;
  /** Whether an answer that no further try can change ends the Job at once. */
  readonly finalAnswers: boolean;
  readonly activeDeadlineSeconds?: number;
}

/** Exit code of the agent for what no further try can change. */
const finalExitCode = 2;

/** The Job around a pod: no access to the Kubernetes API, restarted as a whole, gone by itself an hour after its end. */
export const dataJob = (
  { name, namespace, labels, user = anyone }: DataPod,
  pod: Pick<PodSpec, 'initContainers' | 'containers' | 'volumes'>,
  { backoffLimit, finalAnswers, activeDeadlineSeconds }: Persistence,
): Job => ({
  metadata: { name, namespace, labels: { ...labels } },
  spec: {
    backoffLimit,
    ...(activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds }),
    // A net: whoever made it deletes it.
    ttlSecondsAfterFinished: 3600,
    podFailurePolicy: {
      rules: [
        // A pod that was evicted says nothing of the data.
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ...(finalAnswers
          ? [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [finalExitCode] } }]
          : []),
      ],
    },
    template: {
      metadata: { labels: { ...labels } },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: {
          runAsNonRoot: user.runAsUser !== 0,
          ...user,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        ...pod,
      },
    },
  },
});
