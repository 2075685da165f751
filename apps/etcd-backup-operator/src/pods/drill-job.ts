import { type S3Store } from '@stateful/backup-store-api';
import { type Job } from '@stateful/reconcile-sdk';
import {
  agentContainer,
  dataJob,
  etcdContainer,
  objectArgs,
  storeVolumes,
  type DataPod,
  type StoredSnapshot,
} from './data-pod.ts';
import { restoreCommand } from './restore-command.ts';

export interface DrillJobInput extends DataPod {
  readonly store: S3Store;
  readonly object: StoredSnapshot;
  readonly timeoutSeconds: number;
  /** Secret with `username` and `password`, for a snapshot in which authentication is on. */
  readonly authSecret?: string;
}

const mountPath = '/restore';
const mounts = [{ name: 'restore', mountPath }];
const [client, peer] = ['http://127.0.0.1:2379', 'http://127.0.0.1:2380'];

/**
 * A restore drill: a throwaway etcd of one member is made from a stored snapshot, on a disk of the pod's own, and asked what it
 * holds. It is reached on loopback alone.
 */
export function drillJob(input: DrillJobInput): Job {
  const { opID, store, object, timeoutSeconds, authSecret } = input;
  const member = { name: 'drill', peerURL: peer };
  const dataDir = `${mountPath}/data`;
  const facts = `${mountPath}/fetched.json`;
  const secret = (name: string, key: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: authSecret ?? '', key } },
  });
  return dataJob(
    input,
    {
      initContainers: [
        agentContainer(
          input,
          'fetch',
          ['fetch', ...objectArgs(object), `--to=${mountPath}`, `--facts=${facts}`, `--clear=${dataDir}`],
          { store, mounts },
        ),
        etcdContainer(
          input,
          'restore',
          restoreCommand({
            file: `${mountPath}/snapshot.db`,
            dataDir,
            member,
            initialCluster: `${member.name}=${peer}`,
            token: opID,
          }),
          mounts,
        ),
        {
          // A sidecar: it runs until the comparison has ended.
          ...etcdContainer(
            input,
            'etcd',
            [
              'etcd',
              `--name=${member.name}`,
              `--data-dir=${dataDir}`,
              `--listen-client-urls=${client}`,
              `--advertise-client-urls=${client}`,
              `--listen-peer-urls=${peer}`,
              `--initial-advertise-peer-urls=${peer}`,
              `--initial-cluster=${member.name}=${peer}`,
              `--initial-cluster-token=${opID}`,
            ],
            mounts,
          ),
          restartPolicy: 'Always',
        },
      ],
      containers: [
        agentContainer(
          input,
          'compare',
          [
            'compare',
            `--endpoint=${client}`,
            `--facts=${facts}`,
            `--timeout=${Math.min(600, timeoutSeconds)}`,
          ],
          {
            mounts,
            ...(authSecret === undefined
              ? {}
              : { env: [secret('ETCD_USERNAME', 'username'), secret('ETCD_PASSWORD', 'password')] }),
          },
        ),
      ],
      volumes: [
        { name: 'restore', emptyDir: { sizeLimit: scratchBytes(object.sizeBytes) } },
        ...storeVolumes(store),
      ],
    },
    { backoffLimit: 3, finalAnswers: true, activeDeadlineSeconds: timeoutSeconds },
  );
}

/** The snapshot, the database made of it, and what etcd writes while it serves: a node must not fill up by a drill. */
const scratchBytes = (sizeBytes: number): string => `${Math.ceil((sizeBytes * 2.2) / (1024 * 1024)) + 512}Mi`;
