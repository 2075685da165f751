import {
  conditionsFrom,
  mergeConditions,
  reconcilingCondition,
  type ConditionInput,
} from '../status/index.ts';
import { waitingText, type ChildProblem, type Waiting } from './child.ts';
import { type Parent } from './plan.ts';
import { type StatusLike } from './status-like.ts';

/** What is told where a definition does not say it in its own words: Ready is false because of these. */
export const problemConditions = (problems: readonly ChildProblem[]): ConditionInput[] =>
  problems.slice(0, 1).map(({ reason }) => ({
    type: 'Ready',
    status: 'False',
    reason,
    message: problems
      .map(({ resource, key, message }) => `${resource.kind} ${key.name}: ${message}`)
      .join('; '),
  }));

/** What children wait for, as kstatus' Reconciling. */
export const waitingConditions = (waiting: readonly Waiting[]): ConditionInput[] => [
  reconcilingCondition('WaitingForChildren', waiting.map(waitingText).join('; ')),
];

/** The same status with these among its conditions. */
export function withConditions<Status extends StatusLike>(
  status: Status,
  inputs: readonly ConditionInput[],
  parent: Parent,
  now: number,
): Status {
  if (inputs.length === 0) return status;
  const before = (parent.status as StatusLike | undefined)?.conditions;
  const told = conditionsFrom(before, inputs, parent.metadata?.generation ?? 0, now);
  return { ...status, conditions: mergeConditions(status.conditions, told) };
}
