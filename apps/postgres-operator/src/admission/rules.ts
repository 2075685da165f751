import { type Rule } from './rule.ts';
import { backupRules } from './rules/backups.ts';
import { nameRules } from './rules/names.ts';
import { oldVersionRules } from './rules/old-versions.ts';
import { parameterRules } from './rules/parameters.ts';
import { replicationRules } from './rules/replication.ts';
import { storageRules } from './rules/storage.ts';
import { versionRules } from './rules/versions.ts';

/**
 * All that must hold of a PostgresCluster beyond its schema. The webhook refuses what breaks one of these; reconcile
 * looks again, because an object may be older than a rule, or may have come while no webhook was there.
 */
export const clusterRules: readonly Rule[] = [
  ...nameRules,
  ...versionRules,
  ...storageRules,
  ...replicationRules,
  ...parameterRules,
  ...backupRules,
  ...oldVersionRules,
];
