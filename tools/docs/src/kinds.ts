import { backupStoreKind } from '@stateful/backup-store-api';
import { type Kind } from '@stateful/crd-kit';
import { etcdBackupKind, etcdBackupScheduleKind, etcdRestoreKind } from '@stateful/etcd-backup-api';
import { postgresClusterKind } from '@stateful/postgres-api';

/** Every kind of every operator, in the order of the reference. */
export const kinds: readonly Kind[] = [
  postgresClusterKind,
  etcdBackupKind,
  etcdBackupScheduleKind,
  etcdRestoreKind,
  backupStoreKind,
];
