import * as z from 'zod';

const repositorySchema = z.object({
  bucket: z.string(),
  /** `https://HOST[:PORT]` */
  endpoint: z.string(),
  region: z.string(),
  /** Path of the pgBackRest repository in the bucket, beginning with `/`. */
  path: z.string(),
});

/**
 * What the operator tells the agents, in key `cluster.json` of ConfigMap NAME-config. Agents watch it:
 * a change takes effect without a restart of the pod.
 */
export const agentConfigSchema = z.object({
  /** Wanted number of instances; members are NAME-0 … NAME-(replicas-1). */
  replicas: z.int().min(1),
  synchronous: z.enum(['required', 'preferred', 'off']),
  parameters: z.record(z.string(), z.string()),
  lease: z.object({
    /** A candidate waits until the Lease has not changed for this long by its own clock. */
    durationSeconds: z.number().positive(),
    renewSeconds: z.number().positive(),
    /** A primary that could not renew for this long kills its Postgres. Must be below durationSeconds. */
    fenceSeconds: z.number().positive(),
  }),
  backup: repositorySchema.extend({ retentionDays: z.int().min(1) }).nullable(),
  /** Read only when the first instance of a new cluster is made. */
  restore: repositorySchema.extend({ targetTime: z.string().optional() }).nullable(),
});

export type AgentConfig = z.output<typeof agentConfigSchema>;
