/**
 * The Postgres operator as a library: its plan for the engine, and the rights that its chart renders.
 * `main.ts` is the program.
 */
export { postgresClusterPlan } from './controllers/postgres-cluster/definition.ts';
export { allNamespacesRules, leaderElectionRules, operatorRules, webhookServerRules } from './rbac.ts';
export { clusterRules } from './admission/rules.ts';
export { type Rule } from './admission/rule.ts';
export { uncheckedAnnotation } from './admission/override.ts';
export { type AdmissionOptions } from './admission/review-cluster.ts';
export {
  configurationName,
  declaredWebhooks,
  operatorWebhooks,
  type WebhookServerSettings,
} from './webhook-server.ts';
export { postgresClusters } from './postgres-clusters.ts';
export { operatorCommand, parseOptions, type OperatorOptions } from './options.ts';
export { randomPasswords, type Passwords } from './ports/passwords.ts';
export { webhookObjects, type ConversionStanza, type WebhookObjects } from './webhook-objects.ts';
