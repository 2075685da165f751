import { type FailoverState } from '@stateful/postgres-api';
import { type MemberPromise } from './lease-view.ts';
import { comparePositions } from './position.ts';
import { othersOf, promisesNeeded } from './quorum.ts';

export type Ballot =
  | { readonly kind: 'elected'; readonly best: MemberPromise }
  | { readonly kind: 'short'; readonly blocked: string };

/**
 * Counts promises. With a quorum of them no acknowledged commit is unknown to the promising and none can be
 * acknowledged any more, so the furthest of them may take over. Where commits were acknowledged by the primary
 * alone there is nothing to count: then wait a while for everyone and take the furthest of those who came.
 */
export function ballot(input: {
  state: FailoverState;
  candidacy: string;
  epoch: number;
  promises: readonly MemberPromise[];
  /** Members that were named and did nothing; a quorum must be had without them. */
  excluded: readonly string[];
  /** On equal positions the counting candidate goes first: it saves a handover. */
  self: string;
  /** Time to wait for all has passed. */
  settled: boolean;
}): Ballot {
  const { state } = input;
  const valid = input.promises.filter(
    (promise) =>
      promise.candidacy === input.candidacy &&
      promise.epoch === input.epoch &&
      !input.excluded.includes(promise.name) &&
      state.quorum.some((rule) => rule.members.includes(promise.name)),
  );
  for (const rule of state.quorum) {
    const others = othersOf(rule, state.primary);
    const have = others.filter((name) => valid.some((promise) => promise.name === name)).length;
    if (rule.acks > 0 && have < promisesNeeded(rule)) {
      const missing = others.filter((name) => !valid.some((promise) => promise.name === name));
      return {
        kind: 'short',
        blocked: `have ${have} of ${promisesNeeded(rule)} promises, none from ${missing.join(', ')}`,
      };
    }
    if (rule.acks === 0 && have < others.length && !input.settled) {
      return { kind: 'short', blocked: `have ${have} of ${others.length} promises, waiting for more` };
    }
  }
  const best = valid.reduce<MemberPromise | undefined>((leader, promise) => {
    if (!leader) return promise;
    const order = comparePositions(promise, leader);
    if (order !== 0) return order > 0 ? promise : leader;
    return promise.name === input.self ? promise : leader;
  }, undefined);
  return best ? { kind: 'elected', best } : { kind: 'short', blocked: 'have no promise at all' };
}
