import { type Quorum } from '@stateful/postgres-api';
import { acksNeeded, othersOf, sameRule, type SyncFacts } from '../election/quorum.ts';
import { type StandbyState } from './primary-queries.ts';

/** The rule that the server follows, and since where in the log. */
export interface Following extends SyncFacts {
  /** All WAL that was written before the rule came into effect. */
  readonly from: bigint;
}

/** Whether enough members have all that was written before the rule came into effect. */
export function settle(following: Following, standbys: readonly StandbyState[], self: string): Following {
  if (following.settled) return following;
  const others = othersOf(following.rule, self);
  const have = standbys.filter(
    ({ name, flushed }) => others.includes(name) && flushed >= following.from,
  ).length;
  return have >= acksNeeded(following.rule, self) ? { ...following, settled: true } : following;
}

/** The same rule under a newer order: nothing else was in effect in between. */
export const reordered = (following: Following, rule: Quorum, order: number): Following | undefined =>
  sameRule(following.rule, rule) ? { ...following, order } : undefined;
