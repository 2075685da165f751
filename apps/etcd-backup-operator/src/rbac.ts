import { electionRules, mergedRules, planRules, type PolicyRule } from '@stateful/reconcile-sdk';
import { etcdBackupDeclaration } from './controllers/etcd-backup/definition.ts';
import { operatorName } from './operator-name.ts';

/** Rights in each namespace that the operator works in. */
export const operatorRules: PolicyRule[] = mergedRules(planRules(etcdBackupDeclaration));

/** Rights in the operator's own namespace: the Lease of its leader. */
export const leaderElectionRules: PolicyRule[] = mergedRules(electionRules(operatorName));
