import { type Quorum } from '@stateful/postgres-api';

export type Durability = 'required' | 'preferred' | 'off';

/** The members of a rule that can acknowledge or promise while `primary` holds the Lease. */
export const othersOf = (rule: Quorum, primary: string) => rule.members.filter((name) => name !== primary);

/**
 * How many of the others the server waits for. A commit must be on one member more than `acks`: usually the primary
 * is that one, but a primary that is about to leave is no member of the new rule.
 */
export const acksNeeded = (rule: Quorum, primary: string) =>
  rule.acks + (rule.members.includes(primary) ? 0 : 1);

/**
 * How many members must have promised before anyone may take over: so many that every set that can acknowledge a
 * commit has a member among them (R + W > N). 0 acks can promise nothing: see `ballot`.
 */
export const promisesNeeded = (rule: Quorum) => rule.members.length - rule.acks;

/** Commits survive the loss of any minority, and any majority can go on: half of the instances acknowledge. */
export const majorityAcks = (members: number) => Math.floor(members / 2);

/**
 * The rule that should be in force. A cluster that grows keeps its rule until the new one can be met, so that
 * writes do not stop for the copying of new instances; a rule once recorded is never weakened by instances that
 * are merely away, unless the user preferred availability.
 */
export function wantedRule(input: {
  durability: Durability;
  members: readonly string[];
  primary: string;
  recorded: Quorum;
  /** Members that stream now (for `preferred`: debounced by the caller). */
  streaming: readonly string[];
}): Quorum {
  // A primary that is to leave stays a member until another has taken over: it holds the newest commits.
  const members = [...new Set([...input.members, input.primary])];
  const streaming = members.filter((name) => name !== input.primary && input.streaming.includes(name)).length;
  const full = majorityAcks(members.length);
  if (input.durability === 'off') return { members, acks: 0 };
  if (input.durability === 'preferred') return { members, acks: Math.min(full, streaming) };
  const grows = full > input.recorded.acks || members.some((name) => !input.recorded.members.includes(name));
  return grows && streaming < full ? input.recorded : { members, acks: full };
}

export const sameRule = (a: Quorum, b: Quorum) =>
  a.acks === b.acks &&
  a.members.length === b.members.length &&
  a.members.every((name) => b.members.includes(name));

/** Which of the recorded rules the server should follow: the wanted one when it is recorded, else the newest. */
export function ruleToFollow(recorded: readonly Quorum[], wanted: Quorum | undefined): Quorum {
  const newest = recorded[recorded.length - 1];
  if (!newest) throw new Error('a failover state without a quorum rule');
  return (wanted && recorded.find((rule) => sameRule(rule, wanted))) ?? newest;
}

/** What the server has been seen to do. */
export interface SyncFacts {
  /** The order that brought the rule: an answer to an earlier order says nothing about the present one. */
  readonly order: number;
  /** The rule in effect in every process of the server. */
  readonly rule: Quorum;
  /** The rule's own number of members has flushed all that was written before the rule came into effect. */
  readonly settled: boolean;
}

/**
 * The next record, or undefined when it is right as it is. A change goes [old] -> [old, new] -> [new]: while
 * commits may be acknowledged under either, both must be asked at a failover; the old rule goes only when
 * whatever was acknowledged under it is also held by a quorum of the new one.
 */
export function nextRecord(
  recorded: readonly Quorum[],
  wanted: Quorum | undefined,
  sync: SyncFacts | undefined,
  order: number,
): Quorum[] | undefined {
  const follow = ruleToFollow(recorded, wanted);
  if (recorded.length > 1) {
    const obeyed = sync?.settled === true && sync.order === order && sameRule(sync.rule, follow);
    return obeyed ? [follow] : undefined;
  }
  return wanted && !sameRule(wanted, follow) ? [follow, wanted] : undefined;
}
