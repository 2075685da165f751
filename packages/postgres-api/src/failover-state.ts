import * as z from 'zod';

/**
 * One rule of who must have flushed a commit before it is acknowledged: `acks` of `members` without the
 * primary itself. `members` are all instances, the primary among them.
 */
export const quorumSchema = z.object({ members: z.array(z.string()), acks: z.int().min(0) });

/**
 * A failover under way. Every member that reads one stops receiving WAL and then promises, and receives none
 * again before it has read a Lease without it.
 */
export const candidacySchema = z.object({
  /** resourceVersion of the Lease that this candidacy was put on: no two candidacies ever share it. */
  id: z.string().min(1),
  /** The instance that counts promises now; it changes when a better one or a livelier one takes over. */
  candidate: z.string(),
  podUid: z.string(),
  /** The epoch it would begin: the holder's and one. */
  epoch: z.int().min(1),
  /** For people: what is still missing, such as `have 1 of 2 promises`. */
  blocked: z.string().optional(),
});

/**
 * What the agents agree on, in annotation `db.example.com/failover` of Lease NAME-primary: one object, so that
 * a change of holder, epoch and quorum is one compare-and-swap.
 */
export const failoverStateSchema = z.object({
  systemIdentifier: z.string(),
  /** The holder; when the Lease was released, the one that held it last. */
  primary: z.string(),
  /** Pod address of the holder. */
  address: z.string(),
  podUid: z.string(),
  /**
   * The holder's timeline. It is reserved by the claim, before the promotion, so that no timeline is ever used by
   * two holders: that is what makes (timeline, LSN) comparable between instances.
   */
  timeline: z.int().min(1),
  /** LSN at which the timeline began; WAL of an older timeline past it is not part of history. */
  timelineStartLsn: z.string(),
  /** One entry, or two while the membership changes: then both must hold. */
  quorum: z.array(quorumSchema).min(1).max(2),
  candidacy: candidacySchema.optional(),
});

export type Quorum = z.output<typeof quorumSchema>;
export type Candidacy = z.output<typeof candidacySchema>;
export type FailoverState = z.output<typeof failoverStateSchema>;

export const failoverAnnotation = 'db.example.com/failover';
