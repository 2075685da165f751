import { type Store } from '@stateful/backup-store-api';
import { type BackupManifest, type EtcdCluster } from '@stateful/etcd-backup-api';
import { type JsonValue } from '@stateful/reconcile-sdk';

/** What is known of the saved cluster. */
export type SavedEtcd = Partial<BackupManifest['etcd']>;

/** What is restored. Decided once, kept in the record of the operation: a retry restores the same. */
export interface Selected {
  /** Name of the EtcdBackup, where there is one. */
  readonly backup?: string;
  readonly why: string;
  readonly store: Store;
  /** Absent for a snapshot without a manifest. */
  readonly manifestKey?: string;
  readonly key: string;
  readonly versionID?: string;
  readonly etag: string;
  readonly sizeBytes: number;
  /** Absent without a manifest. */
  readonly sha256?: string;
  readonly etcd: SavedEtcd;
  /** How the saved cluster was reached. */
  readonly cluster?: EtcdCluster;
}

/** What the stored object itself says, after it was read back. */
export interface Checked {
  readonly sha256: string;
  readonly revision: number;
  readonly hashKV?: number;
  /** Keys that are alive at `revision`. */
  readonly keys?: number;
}

/** What was found of the target right before it is stopped. */
export interface Marked {
  readonly at: string;
  readonly oldClusterID?: string;
  readonly live?: { readonly revision: number; readonly raftIndex: number };
  /** Of the workload, before it is scaled down. */
  readonly replicas?: number;
  readonly bump?: number;
  readonly highWater?: number;
  readonly why: string;
}

/** What the new cluster showed. */
export interface Compared {
  readonly clusterID?: string;
  readonly revision?: number;
  readonly hashKV?: number;
  /** Why HashKV was not compared with the saved one, or nothing was. */
  readonly skipped?: string;
}

/** Answers of steps, by the name of the step. */
export interface Results {
  readonly select?: Selected;
  readonly check?: Checked;
  readonly inspect?: Marked;
  readonly mark?: Marked;
  readonly compare?: Compared;
  readonly drill?: Compared;
}

/** The answers as our own steps wrote them. */
export const resultsOf = (results: { readonly [step: string]: JsonValue } | undefined): Results =>
  results ?? {};
