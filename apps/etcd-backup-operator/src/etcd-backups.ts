import { type BackupStore } from '@stateful/backup-store-api';
import { group, type EtcdBackup, type EtcdBackupSchedule, type EtcdRestore } from '@stateful/etcd-backup-api';
import { defineResource } from '@stateful/reconcile-sdk';

export const etcdBackups = defineResource<EtcdBackup>(group, 'v1alpha1', 'EtcdBackup', 'etcdbackups');
export const backupStores = defineResource<BackupStore>(group, 'v1alpha1', 'BackupStore', 'backupstores');
export const etcdBackupSchedules = defineResource<EtcdBackupSchedule>(
  group,
  'v1alpha1',
  'EtcdBackupSchedule',
  'etcdbackupschedules',
);
export const etcdRestores = defineResource<EtcdRestore>(group, 'v1alpha1', 'EtcdRestore', 'etcdrestores');
