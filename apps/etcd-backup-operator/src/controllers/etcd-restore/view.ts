import { type Store } from '@stateful/backup-store-api';
import {
  type EtcdBackup,
  type EtcdBackupSchedule,
  type EtcdCluster,
  type EtcdRestore,
  type EtcdRestoreSpec,
} from '@stateful/etcd-backup-api';
import { type Answer, type Job, type OperationRecord, type Pod } from '@stateful/reconcile-sdk';
import { type Results } from './selected.ts';

/** The workload that runs the members, as it is live. */
export interface Workload {
  /** As it is asked to be. */
  readonly wanted: number;
  /** Pods that there are, as its controller says; undefined while that has not seen what is wanted. */
  readonly current: number | undefined;
}

/** A pod that has the data of a member mounted and is none of ours. */
export interface ClaimUser {
  readonly pod: string;
  readonly claim: string;
  readonly node: string | undefined;
}

/** What a restore is from, as the caches have it. */
export interface Sources {
  readonly backups: readonly EtcdBackup[];
  readonly schedule: EtcdBackupSchedule | undefined;
  readonly stores: ReadonlyMap<string, Store>;
}

/** One look at a restore. What is not looked at now is `unknown`. */
export interface View {
  readonly restore: EtcdRestore;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** With defaults. */
  readonly spec: EtcdRestoreSpec;
  readonly record: OperationRecord | undefined;
  readonly results: Results;
  readonly sources: Sources;
  /** Other restores under way that mean a claim of ours. */
  readonly rivals: readonly string[];
  /** The backup before the restore, once it is there; `foreign`: its name is taken. */
  readonly before: EtcdBackup | 'foreign' | undefined;
  readonly jobs: readonly Job[];
  /** Of our Jobs. */
  readonly pods: readonly Pod[] | 'unknown';
  readonly users: readonly ClaimUser[] | 'unknown';
  /** `none`: the spec names none. */
  readonly workload: Workload | 'none' | 'absent' | 'unknown';
  /** Endpoints of members that answer. */
  readonly answering: readonly string[] | 'unknown';
  readonly problem?: string;
}

type Target = NonNullable<EtcdRestoreSpec['target']>;

/** Where to. Drills have none, and no step that asks. */
export function targetOf({ target }: EtcdRestoreSpec): Target {
  if (!target) throw new TypeError('a drill has no target');
  return target;
}

/** How the cluster is reached that is replaced, as far as it is known. */
export const oldClusterOf = ({ spec, results }: Pick<View, 'spec' | 'results'>): EtcdCluster | undefined =>
  spec.mode === 'InPlace' ? (spec.target?.cluster ?? results.select?.cluster) : undefined;

/** How the cluster is reached that is made. Nobody else's may be taken for it. */
export function newClusterOf({ spec, results }: Pick<View, 'spec' | 'results'>): EtcdCluster | undefined {
  const cluster = spec.target?.cluster ?? (spec.mode === 'InPlace' ? results.select?.cluster : undefined);
  if (!cluster) return undefined;
  const { auth: _old, expectedClusterID: _id, ...rest } = cluster;
  const { authSecretRef } = spec.safety;
  return authSecretRef ? { ...rest, auth: { secretRef: authSecretRef } } : rest;
}

/** Whether nothing of the old cluster runs any more: no pod has its data, and no member answers. */
export function isStopped({ workload, users, answering }: View): Answer {
  if (workload === 'unknown' || users === 'unknown' || answering === 'unknown') return 'unknown';
  if (typeof workload === 'object' && (workload.wanted > 0 || workload.current !== 0)) return false;
  return users.length === 0 && answering.length === 0;
}

/** Name of the backup that is made of what is there. */
export const beforeName = ({ name }: Pick<View, 'name'>): string => `${name.slice(0, 246)}-before`;
