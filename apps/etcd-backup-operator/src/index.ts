/** The operator of EtcdBackups; `main.ts` runs it. */
export { backupStoreDeclaration, backupStorePlan } from './controllers/backup-store/definition.ts';
export { etcdBackupDeclaration, etcdBackupPlan } from './controllers/etcd-backup/definition.ts';
export {
  etcdBackupScheduleDeclaration,
  etcdBackupSchedulePlan,
} from './controllers/etcd-backup-schedule/definition.ts';
export { inventoryReader } from './controllers/etcd-backup-schedule/inventory.ts';
export { etcdRestoreDeclaration, etcdRestorePlan } from './controllers/etcd-restore/definition.ts';
export { backupInUse } from './controllers/etcd-restore/in-use.ts';
export { backupStores, etcdBackups, etcdBackupSchedules, etcdRestores } from './etcd-backups.ts';
export { openEndpoints, type OpenMembers } from './ports/members.ts';
export { secretsOf, type ReadSecret } from './ports/secrets.ts';
export { openS3, type OpenStore } from './ports/stores.ts';
export { openEc2, type OpenVolumes } from './ports/volumes.ts';
export { countedFamilies, durationFamily, statusFamilies, type MetricFamily } from './metrics/index.ts';
export { operatorName } from './operator-name.ts';
export { parseOptions, type OperatorOptions } from './options.ts';
export { leaderElectionRules, operatorRules } from './rbac.ts';
