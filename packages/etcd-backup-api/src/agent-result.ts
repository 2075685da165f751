import * as z from 'zod';

/** Why the agent, or a pod that it runs in, came to nothing; the closed list. */
export type AgentFailureCode =
  | 'StoredObjectDiffers'
  | 'SnapshotUnreadable'
  | 'ManifestUnreadable'
  | 'SchemaTooNew'
  | 'NoSpace'
  | 'NotEmpty'
  | 'StoreRefused'
  | 'StoreUnavailable'
  | 'NothingStaged'
  | 'AmbiguousData'
  | 'EtcdUnavailable'
  | 'AuthRequired'
  | 'RevisionDiffers'
  | 'HashDiffers'
  | 'KeysDiffer'
  | 'BadArguments'
  | 'RestoreFailed'
  | 'DeadlineExceeded'
  | 'Failed';

const count = z.int().min(0);

/** The one line in which the agent says what came out; fields beside `ok` as far as its command knows them. */
const agentSuccessSchema = z.object({
  ok: z.literal(true),
  sizeBytes: count.optional(),
  sha256: z.string().optional(),
  /** Bytes that an earlier run had left and that were not fetched again. */
  resumedBytes: count.optional(),
  revision: count.optional(),
  /** -1: etcd has never compacted. */
  compactRevision: z.int().min(-1).optional(),
  hashKV: count.optional(),
  /** Keys that are alive at `revision`. */
  keys: count.optional(),
  authEnabled: z.boolean().optional(),
  storageVersion: z.string().optional(),
  clusterID: z.string().optional(),
  /** ISO 8601: when etcd answered first. */
  servedAt: z.string().optional(),
  /** Which data stands where etcd looks for it. */
  data: z.enum(['Old', 'New']).optional(),
  /** Whether anything had to be done. */
  changed: z.boolean().optional(),
  seconds: z.number().optional(),
});
const agentFailureSchema = z.object({ ok: z.literal(false), code: z.string(), message: z.string() });
const agentResultSchema = z.union([agentSuccessSchema, agentFailureSchema]);

export type AgentSuccess = z.output<typeof agentSuccessSchema>;
export type AgentResult = z.output<typeof agentResultSchema>;

/** Reads what a container left in its termination log. Undefined: no line of the agent's. Never throws. */
export function agentResultOf(text: string | undefined): AgentResult | undefined {
  const line = text?.trim().split('\n').at(-1);
  if (!line) return undefined;
  try {
    const parsed = agentResultSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
