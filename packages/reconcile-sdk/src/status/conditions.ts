import { kubeTime } from '../client/index.ts';
import { checkCondition, cutMessage } from './check-condition.ts';

/** As metav1.Condition: kstatus, `kubectl wait`, Argo and Flux read it. */
export interface Condition {
  /** CamelCase, unique within the list; optionally after a domain: `example.com/Synced`. */
  type: string;
  status: 'True' | 'False' | 'Unknown';
  /** One CamelCase word for the cause. */
  reason: string;
  /** For people: what is so, of what, and what to do. */
  message: string;
  observedGeneration: number;
  /** When `status` last changed, not when it was last looked at. */
  lastTransitionTime: string;
}

/** What is known of a condition before its times are. */
export type ConditionInput = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/**
 * The conditions that should now stand in status: those given, in their order, each with the time at which its
 * status last really changed. Those of `before` that are not wanted are left out; `mergeConditions` keeps other
 * writers'. A clock that went back does not make a time go back. Messages are cut at the API's limit; throws
 * `invalid` when a type or reason is not one, or a type comes twice.
 */
export function conditionsFrom(
  before: readonly Condition[] | undefined,
  wanted: readonly ConditionInput[],
  generation: number,
  now: number,
): Condition[] {
  wanted.forEach((condition, index) => checkCondition(condition, wanted.slice(0, index)));
  return wanted.map((condition) => ({
    ...condition,
    message: cutMessage(condition.message),
    observedGeneration: generation,
    lastTransitionTime: transitionTime(
      before?.find(({ type }) => type === condition.type),
      condition.status,
      now,
    ),
  }));
}

function transitionTime(old: Condition | undefined, status: Condition['status'], now: number): string {
  if (!old) return kubeTime(now);
  const changed = Date.parse(old.lastTransitionTime);
  // What stands there is kept as it is written; what cannot be read is begun anew.
  if (Number.isNaN(changed)) return kubeTime(now);
  return old.status === status || changed > now ? old.lastTransitionTime : kubeTime(now);
}

/**
 * `own` set among the conditions `present`, which may be other writers' too: what is there keeps its place, what is
 * new comes last, in order. Of `ownTypes`, what is no longer in `own` goes; all other types stay untouched. For
 * writes that replace the list, such as a merge patch; server-side apply merges by type itself.
 */
export function mergeConditions(
  present: readonly Condition[] | undefined,
  own: readonly Condition[],
  ownTypes: readonly string[] = [],
): Condition[] {
  const old = present ?? [];
  const ofOwn = (type: string): Condition | undefined => own.find((condition) => condition.type === type);
  return [
    ...old.flatMap((condition) => {
      const mine = ofOwn(condition.type);
      if (mine) return [mine];
      return ownTypes.includes(condition.type) ? [] : [condition];
    }),
    ...own.filter(({ type }) => !old.some((condition) => condition.type === type)),
  ];
}

/** Conditions whose status or reason changed: what is worth an event. */
export function changedConditions(
  before: readonly Condition[] | undefined,
  after: readonly Condition[] | undefined,
): Condition[] {
  return (after ?? []).filter((condition) => {
    const old = before?.find((entry) => entry.type === condition.type);
    return !old || old.status !== condition.status || old.reason !== condition.reason;
  });
}
