import { agentConfigSchema, type AgentConfig, type PostgresClusterSpec } from '@stateful/postgres-api';
import { hasData, type Snapshot } from './snapshot.ts';

/**
 * Path of the cluster's own repository in its bucket. The UID is part of it: a cluster that is made again under
 * an old name starts a new archive and never writes into, or expires, the old one's.
 */
export function repositoryPath(snapshot: Snapshot, spec: PostgresClusterSpec): string | undefined {
  if (!spec.backupStore) return undefined;
  const { namespace, name, uid } = snapshot.cluster.metadata ?? {};
  const prefix = spec.backupStore.prefix.split('/').filter((part) => part !== '');
  return `/${[...prefix, namespace, name, uid].join('/')}`;
}

export type Restore =
  | { readonly kind: 'none' }
  | { readonly kind: 'from'; readonly restore: NonNullable<AgentConfig['restore']> }
  /** The source is not there yet: nothing may be made, or the cluster would begin empty. */
  | { readonly kind: 'waiting'; readonly message: string };

/** Where a new cluster's data comes from. Once there is data, what was used stays and is looked up no more. */
export function restoreOf(snapshot: Snapshot, spec: PostgresClusterSpec): Restore {
  const { restoreFrom, backupStore } = spec;
  if (!restoreFrom || !backupStore) return { kind: 'none' };
  const used = agentConfigOf(snapshot)?.restore;
  const isMade = hasData(snapshot);
  if (isMade && used !== undefined) return used === null ? { kind: 'none' } : { kind: 'from', restore: used };
  const source = snapshot.restoreSource;
  const path = restoreFrom.path ?? source?.status?.backupRepository;
  if (path !== undefined) {
    // A cluster's repository is in that cluster's bucket; a bare path is in ours. The credentials are ours.
    const { bucket, endpoint, region } =
      restoreFrom.path === undefined ? (source?.spec.backupStore ?? backupStore) : backupStore;
    return {
      kind: 'from',
      restore: {
        bucket,
        endpoint,
        region,
        path: path.startsWith('/') ? path : `/${path}`,
        ...(restoreFrom.targetTime === undefined ? {} : { targetTime: restoreFrom.targetTime }),
      },
    };
  }
  if (isMade) return { kind: 'none' };
  if (used) return { kind: 'from', restore: used };
  return {
    kind: 'waiting',
    message: source
      ? `PostgresCluster ${restoreFrom.cluster ?? ''} has no backup repository: give it a backupStore and let it make a backup`
      : `there is no PostgresCluster ${restoreFrom.cluster ?? ''} in this namespace; name one that exists, or its repository by \`path\``,
  };
}

/** What the agents were last told. */
function agentConfigOf(snapshot: Snapshot): AgentConfig | undefined {
  const text = snapshot.configMap?.data?.['cluster.json'];
  if (text === undefined) return undefined;
  try {
    return agentConfigSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
