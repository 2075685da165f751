import { z } from 'zod';

/**
 * One rule of who must have flushed a commit before it is acknowledged: `acks` of `members` without the
 * primary itself. `members` are all instances, the primary among them.
 */
export const quorumSchema = z.object({ members: z.array(z.string()), acks: z.int().min(0) });

/**
 * What the agents agree on, in annotation `db.example.com/failover` of Lease NAME-primary: one object, so that
 * a change of holder, epoch and quorum is one compare-and-swap.
 */
export const failoverStateSchema = z.object({
  systemIdentifier: z.string(),
  /** Pod address of the holder. */
  address: z.string(),
  podUid: z.string(),
  timeline: z.int().min(1),
  /** LSN at which the timeline began; WAL of an older timeline past it is not part of history. */
  timelineStartLsn: z.string(),
  /** One entry, or two while the membership changes: then both must hold. */
  quorum: z.array(quorumSchema).min(1).max(2),
});

export type Quorum = z.output<typeof quorumSchema>;
export type FailoverState = z.output<typeof failoverStateSchema>;

export const failoverAnnotation = 'db.example.com/failover';
