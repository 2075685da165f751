import { backupStoreKind } from '@stateful/backup-store-api';
import { customResourceDefinition } from '@stateful/crd-kit';
import { etcdBackupKind, etcdBackupScheduleKind, etcdRestoreKind } from './kinds.ts';

/** Every CustomResourceDefinition of this operator, as plain JSON; the shared BackupStore is among them. */
export const customResourceDefinitions = () =>
  [backupStoreKind, etcdBackupKind, etcdBackupScheduleKind, etcdRestoreKind].map((kind) =>
    customResourceDefinition(kind),
  );
