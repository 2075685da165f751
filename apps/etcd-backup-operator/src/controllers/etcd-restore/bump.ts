import { type EtcdRestoreSpec } from '@stateful/etcd-backup-api';

/** How far a cluster was seen to have come. */
export interface HighWater {
  readonly revision: number;
  /** Every change takes an entry of the log: the revision is not beyond it, unless an earlier restore raised it. */
  readonly raftIndex?: number | undefined;
  /** Wall clock, milliseconds. */
  readonly observedAt: number;
  readonly writesPerSecond?: number | undefined;
}

export interface Bump {
  /** By how much revisions are raised; undefined: not at all. */
  readonly bump?: number;
  /** The first revision must be beyond this, where it is known. */
  readonly highWater?: number;
  /** For people. */
  readonly why: string;
}

/** Covers a week of more than a thousand writes in a second; for when nothing is known. */
const blindBump = 1_000_000_000;
/** What may be written between the last look and the end of the last member, however small the estimate. */
const margin = 1_000_000;

/** How far a cluster may have come by `now`. */
const reached = (
  { revision, raftIndex = 0, observedAt, writesPerSecond = 0 }: HighWater,
  now: number,
): number =>
  Math.max(revision, raftIndex) + Math.ceil((Math.max(0, now - observedAt) / 1000) * writesPerSecond);

/** By how much revisions are raised, so that nobody who has seen the old cluster sees them go back. Pure. */
export function bumpOf(
  { policy, bump, slackPercent }: EtcdRestoreSpec['revision'],
  saved: number,
  seen: readonly HighWater[],
  now: number,
): Bump {
  const highWater = seen.length === 0 ? undefined : Math.max(...seen.map((each) => reached(each, now)));
  const known = highWater === undefined ? {} : { highWater };
  if (policy === 'None') return { why: 'revisions are not raised, as revision.policy says' };
  if (policy === 'Fixed') return { bump: bump ?? 0, ...known, why: 'raised by what revision.bump says' };
  if (highWater === undefined) {
    return {
      bump: blindBump,
      why: 'nothing tells how far the cluster had come, so it is raised by 1000000000',
    };
  }
  const estimate = Math.ceil((highWater * slackPercent) / 100);
  return {
    bump: Math.max(0, estimate - saved) + margin,
    ...known,
    why: `the cluster had come to revision ${highWater} at most: ${slackPercent} % of that, and ${margin} more`,
  };
}
