/** Names of everything that belongs to a PostgresCluster, in one place for operator, agent and tools. */
export const names = {
  statefulSet: (cluster: string) => cluster,
  instance: (cluster: string, ordinal: number) => `${cluster}-${ordinal}`,
  instancesService: (cluster: string) => `${cluster}-instances`,
  readWriteService: (cluster: string) => `${cluster}-rw`,
  readOnlyService: (cluster: string) => `${cluster}-ro`,
  readWriteEndpoints: (cluster: string) => `${cluster}-rw`,
  credentials: (cluster: string) => `${cluster}-credentials`,
  config: (cluster: string) => `${cluster}-config`,
  disruptionBudget: (cluster: string) => `${cluster}-instances`,
  lease: (cluster: string) => `${cluster}-primary`,
  instanceAccount: (cluster: string) => `${cluster}-instance`,
  backup: (cluster: string) => `${cluster}-backup`,
} as const;

export const labels = {
  cluster: 'db.example.com/cluster',
  role: 'db.example.com/role',
} as const;

export const annotations = {
  backupResult: 'db.example.com/backup-result',
  backupRequest: 'db.example.com/backup-request',
  epoch: 'db.example.com/epoch',
  promise: 'db.example.com/promise',
  specChecksum: 'db.example.com/spec-checksum',
} as const;

/** The ordinal in an instance's name, or undefined when the name is not one of the cluster's. */
export function ordinalOf(cluster: string, instance: string): number | undefined {
  const match = instance.startsWith(`${cluster}-`)
    ? /^(0|[1-9][0-9]*)$/.exec(instance.slice(cluster.length + 1))
    : null;
  return match ? Number(match[1]) : undefined;
}
