import { type FailoverState, type PostgresCluster } from '@stateful/postgres-api';
import {
  type ConfigMap,
  type CronJob,
  type Job,
  type PersistentVolumeClaim,
  type Pod,
  type Secret,
  type StatefulSet,
} from '@stateful/reconcile-sdk';

/** What the agents agreed on, as the Lease shows it. */
export type Failover =
  /** No Lease: no instance has been initialised yet. */
  | { readonly kind: 'absent' }
  /** There is a Lease that cannot be understood. Holds everything that depends on who is primary. */
  | { readonly kind: 'unknown'; readonly why: string }
  | {
      readonly kind: 'known';
      /** The instance that holds the Lease; undefined while it is released. */
      readonly holder: string | undefined;
      readonly epoch: number;
      /** Undefined before the first primary has published itself. */
      readonly state: FailoverState | undefined;
    };

/** Passwords for a Secret that does not exist yet, drawn by `observe`. */
export interface NewPasswords {
  readonly superuser: string;
  readonly replication: string;
  readonly app: string;
}

/** All that the plan of one PostgresCluster depends on, taken at one moment. */
export interface Snapshot {
  readonly cluster: PostgresCluster;
  /** Image of each Postgres version that the operator knows. */
  readonly images: Readonly<Record<string, string>>;
  readonly statefulSet: StatefulSet | undefined;
  readonly credentials: { readonly live: Secret } | { readonly passwords: NewPasswords };
  readonly configMap: ConfigMap | undefined;
  readonly cronJob: CronJob | undefined;
  /** Pods that the StatefulSet controls. */
  readonly pods: readonly Pod[];
  readonly volumes: readonly PersistentVolumeClaim[];
  readonly failover: Failover;
  /** Jobs of the backup CronJob, by schedule or by hand. */
  readonly jobs: readonly Job[];
  /** The cluster that `spec.restoreFrom.cluster` names. */
  readonly restoreSource: PostgresCluster | undefined;
}

/** Whether the cluster was ever initialised. The Lease says so; a Lease that was lost does not unsay it. */
export const hasData = ({ failover, cluster }: Snapshot): boolean =>
  failover.kind !== 'absent' || cluster.status?.systemIdentifier !== undefined;
