import { names, ordinalOf, type PostgresCluster, type PostgresClusterSpec } from '@stateful/postgres-api';

/** Whether an object that is referred to is there; `unknown` where it could not be asked. */
export type Presence = 'present' | 'absent' | 'unknown';

/** What advice is given on. */
export interface Occasion {
  readonly name: string;
  readonly spec: PostgresClusterSpec;
  readonly before: PostgresClusterSpec | undefined;
  readonly status: PostgresCluster['status'];
  readonly credentials: Presence;
  readonly restoreSource: Presence;
}

/**
 * Things that may be meant so, and are worth a word beside the answer. References are among them: whoever applies a
 * folder of files creates the Secret a moment later, and reconcile waits for it.
 */
export function adviceOn({ name, spec, before, status, credentials, restoreSource }: Occasion): string[] {
  const { backupStore, backupSchedule, restoreFrom } = spec;
  const primary = status?.primary;
  const leaves = primary !== undefined && (ordinalOf(name, primary) ?? 0) >= spec.replicas;
  const warnings: [boolean, string][] = [
    [
      backupSchedule !== undefined && backupStore === undefined,
      `spec.backupSchedule: no backup is made at "${backupSchedule ?? ''}" without \`spec.backupStore\``,
    ],
    [
      credentials === 'absent',
      `spec.backupStore.credentialsSecret: there is no Secret "${backupStore?.credentialsSecret ?? ''}" in this namespace yet; instances wait for it`,
    ],
    [
      restoreSource === 'absent',
      `spec.restoreFrom.cluster: there is no PostgresCluster "${restoreFrom?.cluster ?? ''}" in this namespace yet; the cluster waits for it`,
    ],
    [
      before?.backupStore !== undefined &&
        (before.backupStore.bucket !== backupStore?.bucket ||
          before.backupStore.endpoint !== backupStore.endpoint),
      `spec.backupStore: backups made so far stay in "${before?.backupStore?.bucket ?? ''}" and expire there no more`,
    ],
    [
      before !== undefined && spec.replicas < before.replicas && leaves,
      `spec.replicas: ${primary ?? ''} is primary and stays until an instance below ${names.instance(name, spec.replicas)} is`,
    ],
  ];
  return warnings.filter(([applies]) => applies).map(([, text]) => text);
}
