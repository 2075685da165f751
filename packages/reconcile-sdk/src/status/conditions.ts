import { kubeTime } from '../client/index.ts';

/** As metav1.Condition: kstatus, `kubectl wait`, Argo and Flux read it. */
export interface Condition {
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

export type ConditionInput = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/**
 * The conditions that should now stand in status: those given, in their order, each with the time at which its
 * status last really changed.
 */
export function conditionsFrom(
  before: readonly Condition[] | undefined,
  wanted: readonly ConditionInput[],
  generation: number,
  now: number,
): Condition[] {
  return wanted.map((condition) => {
    const old = before?.find((entry) => entry.type === condition.type);
    return {
      ...condition,
      observedGeneration: generation,
      lastTransitionTime: old && old.status === condition.status ? old.lastTransitionTime : kubeTime(now),
    };
  });
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
