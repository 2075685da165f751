import { type Resource } from '../client/index.ts';
import { conditionsFrom, mergeConditions, pausedCondition } from '../status/index.ts';
import { type PlanInput } from './decide-plan.ts';
import { type StatusLike } from './status-like.ts';
import { parentAnnotation } from './ownership.ts';
import { type Parent, type PlanDefinition } from './plan.ts';

/** Whether somebody paused the object, by the annotation `GROUP/paused: "true"`. */
export const isPaused = (resource: Resource, parent: Parent): boolean =>
  parentAnnotation({ resource, parent }, 'paused') === 'true';

/** The plan of an object that is held: it stays as it is, and says so. */
export function pausedPlan<P extends Parent, Snapshot, Status extends StatusLike>(
  definition: PlanDefinition<P, Snapshot, Status>,
  parent: P,
  now: number,
): PlanInput<P, Snapshot, Status> {
  const before = parent.status as Status | undefined;
  const { resource, finalizer: _finalizer, ...held } = definition;
  const told = conditionsFrom(
    before?.conditions,
    [pausedCondition(`${resource.group}/paused`)],
    parent.metadata?.generation ?? 0,
    now,
  );
  return {
    definition: { ...held, resource },
    parent,
    plan: {
      children: 'leave',
      operation: 'hold',
      status: { ...before, conditions: mergeConditions(before?.conditions, told) } as Status,
    },
    // Nobody looks: what is held is not asked how far it has come.
    snapshot: undefined as Snapshot,
    now,
  };
}
