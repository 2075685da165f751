import { names, retentionDays, type AgentConfig } from '@stateful/postgres-api';
import { child, resources, type DesiredChild } from '@stateful/reconcile-sdk';
import { type Restore } from '../repository.ts';
import { metadataOf, type Shape } from './shape.ts';

export interface AgentConfigInput {
  readonly members: number;
  /** Path of the cluster's own repository. */
  readonly repository: string | undefined;
  readonly restore: Exclude<Restore, { kind: 'waiting' }>;
}

/**
 * Lease times: a primary that cannot renew kills its Postgres after 6 s, a candidate waits 10 s by its own clock.
 * The four seconds between are what a stalled process and an unequal clock may cost.
 */
const lease = { durationSeconds: 10, renewSeconds: 2, fenceSeconds: 6 };

/** Of a retention that cannot be read, which the schema refuses: what is not understood expires nothing early. */
const defaultRetentionDays = 3650;

/** What the agents are told. They watch it: whatever stands here takes effect without a restart of a pod. */
export function agentConfig(shape: Shape, input: AgentConfigInput): DesiredChild {
  return child(resources.configMaps, {
    metadata: metadataOf(shape, names.config(shape.name)),
    data: { 'cluster.json': `${JSON.stringify(agentConfigDocument(shape, input), null, 2)}\n` },
  });
}

export function agentConfigDocument(
  { spec }: Shape,
  { members, repository, restore }: AgentConfigInput,
): AgentConfig {
  const synchronous = spec.synchronous ?? (members >= 3 ? 'Required' : 'Preferred');
  const { backupStore } = spec;
  return {
    replicas: members,
    synchronous: ({ Required: 'required', Preferred: 'preferred', Never: 'off' } as const)[synchronous],
    parameters: Object.fromEntries(
      Object.entries(spec.parameters ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    lease,
    backup:
      backupStore && repository !== undefined
        ? {
            bucket: backupStore.bucket,
            endpoint: backupStore.endpoint,
            region: backupStore.region,
            path: repository,
            retentionDays: retentionDays(spec.backupRetention) ?? defaultRetentionDays,
          }
        : null,
    restore: restore.kind === 'from' ? restore.restore : null,
  };
}
