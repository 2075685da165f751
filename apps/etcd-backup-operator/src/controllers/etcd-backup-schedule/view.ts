import { type Store } from '@stateful/backup-store-api';
import {
  type EtcdBackup,
  type EtcdBackupSchedule,
  type EtcdBackupScheduleSpec,
} from '@stateful/etcd-backup-api';
import { type OperationRecord } from '@stateful/reconcile-sdk';
import { type Listing } from './inventory.ts';

/** Why the store is listed now. Only the first three may lead to deletions. */
export type ListingReason = 'NewBackup' | 'SpecChanged' | 'LockEnded' | 'Refresh';

/** What the store has. */
export type Inventory =
  | 'not-asked'
  | { readonly problem: string }
  | (Listing & {
      readonly reason: ListingReason;
      /** Of those that retention looked at: the store refuses to delete them before. By UID, milliseconds. */
      readonly locks: ReadonlyMap<string, number>;
    });

/** How far the cluster is. `unknown`: no member answered. */
export type Progress = 'not-asked' | 'unknown' | { readonly clusterID: string; readonly revision: number };

/** What stands still around a schedule while it is looked at. */
export interface Surroundings {
  readonly schedule: EtcdBackupSchedule;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** With defaults. */
  readonly spec: EtcdBackupScheduleSpec;
  readonly record: OperationRecord | undefined;
  /** Its EtcdBackups, those that are going among them. */
  readonly backups: readonly EtcdBackup[];
  /** Names of EtcdBackups that a restore needs. */
  readonly inUse: ReadonlySet<string>;
  /** Undefined: the BackupStore does not exist. */
  readonly store: Store | undefined;
}

/** One look at a schedule. */
export interface View extends Surroundings {
  readonly progress: Progress;
  readonly inventory: Inventory;
}

export const isInventory = (
  inventory: Inventory,
): inventory is Exclude<Inventory, 'not-asked' | { problem: string }> =>
  typeof inventory === 'object' && 'backups' in inventory;
