/** The operator of EtcdBackups; `main.ts` runs it. */
export { etcdBackupDeclaration, etcdBackupPlan } from './controllers/etcd-backup/definition.ts';
export { backupStores, etcdBackups } from './etcd-backups.ts';
export { openEndpoints, type OpenMembers } from './ports/members.ts';
export { secretsOf, type ReadSecret } from './ports/secrets.ts';
export { openS3, type OpenStore } from './ports/stores.ts';
export { operatorName } from './operator-name.ts';
export { leaderElectionRules, operatorRules } from './rbac.ts';
