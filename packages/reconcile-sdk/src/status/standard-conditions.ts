import { type ConditionInput } from './conditions.ts';

// Reconciling and Stalled are kstatus': there while they are true, and else not there at all.

/** Work towards the spec is under way: kstatus `InProgress`. Leave it out when none is. */
export const reconcilingCondition = (reason: string, message: string): ConditionInput => ({
  type: 'Reconciling',
  status: 'True',
  reason,
  message,
});

/** It will not get further by itself: kstatus `Failed`. Leave it out when it may. */
export const stalledCondition = (reason: string, message: string): ConditionInput => ({
  type: 'Stalled',
  status: 'True',
  reason,
  message,
});

/** Nothing is done for the object as long as this annotation stands. */
export const pausedCondition = (annotation: string): ConditionInput => ({
  type: 'Paused',
  status: 'True',
  reason: 'PausedByAnnotation',
  message: `nothing is done as long as the annotation ${annotation} is "true"`,
});

/** How `readyFrom` counts. */
export interface SummaryOptions {
  /** Types that are bad when `True`. All others are bad when they are not. Default: those that the SDK knows. */
  abnormal?: readonly string[];
  /** Types that say nothing of readiness. Default `Paused`: what was ready stays so when it is paused. */
  ignored?: readonly string[];
  /** When all is well. Default `AsExpected` and `all is as it should be`. */
  well?: { reason: string; message: string };
}

const abnormalTypes = ['Reconciling', 'Stalled', 'Stuck', 'Degraded'];

/**
 * Ready, summed up from the others: `False` when one is bad, else `Unknown` when one is unknown, else `True`. Its
 * reason is that of the first bad one in the given order, its message names them all.
 */
export function readyFrom(
  conditions: readonly ConditionInput[],
  options: SummaryOptions = {},
): ConditionInput {
  const { abnormal = abnormalTypes, ignored = ['Paused'], well } = options;
  const counted = conditions.filter(({ type }) => type !== 'Ready' && !ignored.includes(type));
  const bad = counted.filter(({ type, status }) => status === (abnormal.includes(type) ? 'True' : 'False'));
  const unknown = counted.filter(({ status }) => status === 'Unknown');
  const named = bad.length > 0 ? bad : unknown;
  const [first] = named;
  if (!first) {
    return {
      type: 'Ready',
      status: 'True',
      reason: well?.reason ?? 'AsExpected',
      message: well?.message ?? 'all is as it should be',
    };
  }
  return {
    type: 'Ready',
    status: bad.length > 0 ? 'False' : 'Unknown',
    reason: first.reason,
    message: named.map(({ type, message }) => `${type}: ${message}`).join('; '),
  };
}
