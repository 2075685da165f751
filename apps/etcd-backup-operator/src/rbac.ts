import { electionRules, mergedRules, planRules, type PolicyRule } from '@stateful/reconcile-sdk';
import { backupStoreDeclaration } from './controllers/backup-store/definition.ts';
import { etcdBackupDeclaration } from './controllers/etcd-backup/definition.ts';
import { etcdBackupScheduleDeclaration } from './controllers/etcd-backup-schedule/definition.ts';
import { etcdRestoreDeclaration } from './controllers/etcd-restore/definition.ts';
import { operatorName } from './operator-name.ts';

/** Rights in each namespace that the operator works in. */
export const operatorRules: PolicyRule[] = mergedRules([
  ...planRules(backupStoreDeclaration),
  ...planRules(etcdBackupDeclaration),
  ...planRules(etcdBackupScheduleDeclaration),
  ...planRules(etcdRestoreDeclaration),
]);

/** Rights in the operator's own namespace: the Lease of its leader. */
export const leaderElectionRules: PolicyRule[] = mergedRules(electionRules(operatorName));
