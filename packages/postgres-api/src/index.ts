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
  type PostgresCluster,
} from './postgres-cluster.ts';
export {
  backupStoreSchema,
  lastBackupSchema,
  postgresClusterSpecSchema,
  postgresClusterStatusSchema,
  restoreFromSchema,
  type BackupStore,
  type InstanceStatus,
  type LastBackup,
  type PostgresClusterSpec,
  type PostgresClusterSpecInput,
  type PostgresClusterStatus,
} from './postgres-cluster-v1alpha1.ts';
export { parseQuantity } from './quantity.ts';
export { validateSpec, type FieldError, type ValidationContext } from './validate.ts';
