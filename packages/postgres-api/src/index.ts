/**
 * postgres-api says what a PostgresCluster is: its schema, its checks, the names of what belongs to it, and the
 * two documents that operator and agents exchange. It does nothing by itself.
 */
export { agentConfigSchema, type AgentConfig } from './agent-config.ts';
export { customResourceDefinitions } from './custom-resource-definition.ts';
export {
  failoverAnnotation,
  failoverStateSchema,
  quorumSchema,
  type FailoverState,
  type Quorum,
} from './failover-state.ts';
export { annotations, labels, names, ordinalOf } from './names.ts';
export {
  group,
  maxNameLength,
  namePattern,
  postgresClusterKind,
  version,
  type PostgresCluster,
} from './postgres-cluster.ts';
export { retentionDays } from './backup-retention.ts';
export { conversionDataAnnotation, postgresClusterConversion } from './conversion.ts';
export { managedParameterPattern, managedParametersForPeople, parameterNamePattern } from './parameters.ts';
export {
  postgresClusterSpecV1alpha1Schema,
  type PostgresClusterSpecV1alpha1,
} from './postgres-cluster-v1alpha1.ts';
export {
  backupStoreSchema,
  postgresClusterSpecSchema,
  restoreFromSchema,
  type BackupStore,
  type PostgresClusterSpec,
  type PostgresClusterSpecInput,
} from './postgres-cluster-v1beta1.ts';
export {
  lastBackupSchema,
  postgresClusterStatusSchema,
  type InstanceStatus,
  type LastBackup,
  type PostgresClusterStatus,
} from './postgres-cluster-status.ts';
export { parseQuantity } from './quantity.ts';
