import { type Store } from '@stateful/backup-store-api';
import { type BackupKeys, type EtcdBackup, type EtcdBackupSpec } from '@stateful/etcd-backup-api';
import { type ObjectFacts } from '@stateful/object-store';
import { type SeenVolumes } from './operations/ebs-backup-snapshots.ts';
import { type SeenDrill } from './operations/verification-drill.ts';

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
  /** Why no attempt may be begun with that BackupStore. */
  readonly refusal?: string;
  readonly keys: BackupKeys;
  readonly stored: Stored;
  /** An EtcdRestore needs it. */
  readonly inUse?: boolean;
  /** For method EbsVolume, while something is under way. */
  readonly volumes?: SeenVolumes;
  /** While it is checked once more. */
  readonly drill?: SeenDrill;
}

export const isOurs = (stored: Stored): stored is Stored & { object: ObjectFacts } =>
  typeof stored.object === 'object';
