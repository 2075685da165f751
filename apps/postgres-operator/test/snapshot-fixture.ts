import {
  annotations,
  failoverAnnotation,
  labels,
  type FailoverState,
  type LastBackup,
  type PostgresCluster,
} from '@stateful/postgres-api';
import { deepFreeze, type Job, type Lease, type Pod, type StatefulSet } from '@stateful/reconcile-sdk';
import { statefulSet } from '../src/controllers/postgres-cluster/children/stateful-set.ts';
import { shapeOf } from '../src/controllers/postgres-cluster/children/shape.ts';
import { type Snapshot } from '../src/controllers/postgres-cluster/snapshot.ts';

/** 1 January 2030, 12:00 UTC. */
export const noon = Date.UTC(2030, 0, 1, 12);

export const image = 'docker.io/local/postgres:17.12.0';
export const backupStore = {
  endpoint: 'https://s3.example.com',
  bucket: 'backups',
  region: 'us-east-1',
  prefix: 'team/a',
  credentialsSecret: 's3',
};

export const cluster = (spec: object = {}, rest: Partial<PostgresCluster> = {}): PostgresCluster => ({
  ...rest,
  metadata: { name: 'pg', namespace: 'shop', uid: 'uid-pg', generation: 3, ...rest.metadata },
  spec: {
    replicas: 3,
    version: '17.12.0',
    storage: { size: '10Gi' },
    backupRetention: '7d',
    ...spec,
  },
});

/** A cluster that was just created; `change` says what else is known. Frozen, as the caches' objects are. */
export function snapshot(change: Partial<Snapshot> = {}): Snapshot {
  return deepFreeze({
    cluster: cluster(),
    images: { '17.12.0': image, '17.13.0': 'docker.io/local/postgres:17.13.0' },
    statefulSet: undefined,
    credentials: { passwords: { superuser: 'super', replication: 'repl', app: 'secret' } },
    configMap: undefined,
    cronJob: undefined,
    pods: [],
    volumes: [],
    failover: { kind: 'absent' },
    jobs: [],
    restoreSource: undefined,
    ...change,
  } satisfies Snapshot);
}

/** The StatefulSet as it stands once it was made for `of` with `replicas` instances. */
export function liveSet(replicas = 3, of: PostgresCluster = cluster()): StatefulSet {
  const made = statefulSet(shapeOf(of, of.spec, image), replicas, undefined).object as StatefulSet;
  return { ...made, metadata: { ...made.metadata, uid: 'uid-set' } };
}

/** What the wanted template carries, so what pods made from it carry. */
export const checksumNow = (of: PostgresCluster = cluster()): string =>
  liveSet(1, of).spec?.template.metadata?.annotations?.[annotations.specChecksum] ?? '';

export function pod(
  ordinal: number,
  state: { ready?: boolean; checksum?: string; status?: Pod['status'] } = {},
): Pod {
  const isReady = state.ready ?? true;
  return {
    metadata: {
      name: `pg-${ordinal}`,
      uid: `uid-${ordinal}`,
      labels: { [labels.cluster]: 'pg', [labels.role]: ordinal === 0 ? 'primary' : 'replica' },
      annotations: { [annotations.specChecksum]: state.checksum ?? checksumNow() },
    },
    spec: { nodeName: `node${ordinal + 1}`, containers: [] },
    status: {
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
      ...state.status,
    },
  };
}

export const failoverState = (change: Partial<FailoverState> = {}): FailoverState => ({
  systemIdentifier: '7400000000000000001',
  primary: 'pg-0',
  address: '10.31.1.7',
  podUid: 'uid-0',
  timeline: 4,
  timelineStartLsn: '0/3000000',
  quorum: [{ members: ['pg-0', 'pg-1', 'pg-2'], acks: 1 }],
  ...change,
});

export const led = (holder = 'pg-0', change: Partial<FailoverState> = {}): Snapshot['failover'] => ({
  kind: 'known',
  holder,
  epoch: 2,
  state: failoverState(change),
});

/** The Lease was given up and nobody has taken it yet. */
export const released = (change: Partial<FailoverState> = {}): Snapshot['failover'] => ({
  kind: 'known',
  holder: undefined,
  epoch: 2,
  state: failoverState(change),
});

export const lease = (holder: string, state: unknown): Lease => ({
  metadata: { name: 'pg-primary', annotations: { [failoverAnnotation]: JSON.stringify(state) } },
  spec: { holderIdentity: holder, leaseTransitions: 2 },
});

/** Three instances, all ready, pg-0 the primary. */
export const healthy = (change: Partial<Snapshot> = {}): Snapshot =>
  snapshot({
    statefulSet: liveSet(),
    pods: [pod(0), pod(1), pod(2)],
    failover: led(),
    ...change,
  });

export function job(
  name: string,
  ended: 'Complete' | 'Failed' | 'no',
  at: string,
  result?: Partial<LastBackup>,
): Job {
  return {
    metadata: {
      name,
      ...(result ? { annotations: { [annotations.backupResult]: JSON.stringify(result) } } : {}),
    },
    status: {
      startTime: at,
      ...(ended === 'no'
        ? { active: 1 }
        : {
            ...(ended === 'Complete' ? { completionTime: at } : {}),
            conditions: [
              { type: ended, status: 'True', lastTransitionTime: at, message: 'BackoffLimitExceeded' },
            ],
          }),
    },
  };
}
