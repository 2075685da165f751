import { type Store } from '@stateful/backup-store-api';
import { type BackupKeys, type EtcdBackup, type EtcdBackupSpec } from '@stateful/etcd-backup-api';
import { type ObjectFacts } from '@stateful/object-store';

/** What the store has. `unknown`: it could not be asked, and why stands in `problem`. */
export interface Stored {
  readonly object: ObjectFacts | 'absent' | 'foreign' | 'unknown';
  readonly manifest: boolean | 'unknown';
  /** Only looked at while an attempt is taken back. */
  readonly openUploads: number | 'unknown';
  readonly problem?: string;
}

/** One look at a backup. */
export interface View {
  readonly backup: EtcdBackup;
  readonly uid: string;
  readonly namespace: string;
  /** With defaults. */
  readonly spec: EtcdBackupSpec;
  /** Undefined: the BackupStore does not exist (yet). */
  readonly store: Store | undefined;
  readonly keys: BackupKeys;
  readonly stored: Stored;
}

export const isOurs = (stored: Stored): stored is Stored & { object: ObjectFacts } =>
  typeof stored.object === 'object';

/** Volumes' snapshots are in the schema and not made yet: such a backup waits, and says so. */
export const isSupported = ({ method }: EtcdBackupSpec): boolean => method === 'Snapshot';
