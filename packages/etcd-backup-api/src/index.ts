/**
 * etcd-backup-api says what an EtcdBackup, an EtcdBackupSchedule and an EtcdRestore are: schemas, types, CRDs. It does
 * nothing by itself. A bucket is named as in `@stateful/backup-store-api`.
 */
export { agentResultOf, type AgentFailureCode, type AgentResult, type AgentSuccess } from './agent-result.ts';
export { customResourceDefinitions } from './custom-resource-definition.ts';
export {
  backupTemplateSchema,
  etcdBackupSpecSchema,
  type EtcdBackupSpec,
  type EtcdBackupTemplate,
} from './etcd-backup-spec.ts';
export {
  etcdBackupStatusSchema,
  type Artifact,
  type BackupRequest,
  type EtcdBackupStatus,
  type Seal,
} from './etcd-backup-status.ts';
export {
  etcdBackupScheduleSpecSchema,
  etcdBackupScheduleStatusSchema,
  type EtcdBackupScheduleSpec,
  type EtcdBackupScheduleStatus,
} from './etcd-backup-schedule-v1alpha1.ts';
export { etcdClusterSchema, type EtcdCluster } from './etcd-cluster.ts';
export {
  etcdRestoreSpecSchema,
  etcdRestoreStatusSchema,
  type EtcdRestoreSpec,
  type EtcdRestoreStatus,
} from './etcd-restore-v1alpha1.ts';
export {
  etcdBackupKind,
  etcdBackupScheduleKind,
  etcdRestoreKind,
  group,
  type EtcdBackup,
  type EtcdBackupSchedule,
  type EtcdRestore,
} from './kinds.ts';
export {
  backupDataFinalizer,
  scheduledAtAnnotation,
  scheduleLabel,
  verifyRequestAnnotation,
} from './labels.ts';
export { backupKeys, backupsFolder, ownerField, type BackupKeys } from './bucket-layout.ts';
export {
  manifestBytes,
  manifestSchemaVersion,
  readManifest,
  type BackupManifest,
  type ReadManifest,
} from './manifest.ts';
