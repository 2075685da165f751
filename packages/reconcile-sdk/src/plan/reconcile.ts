import { type ExecuteResult, type ReconcileInput } from './context.ts';
import { finalizerName } from './decide-plan.ts';
import { type StatusLike } from './status-like.ts';
import { carryOut, executePlan } from './execute.ts';
import { cleanUp } from './finalizer/clean-up.ts';
import { pausedPlan, isPaused } from './paused.ts';
import { type Parent, type PlanDefinition } from './plan.ts';

/**
 * One look at one object by its definition: observe, plan, execute. The annotation `GROUP/paused: "true"` holds all
 * of that: only the condition Paused is written, and an operation under way stands still. One that is going is
 * cleaned up, paused or not, if our finalizer holds it; else it is left to the garbage collector (R7).
 */
export async function reconcilePlan<P extends Parent, Snapshot, Status extends StatusLike>(
  definition: PlanDefinition<P, Snapshot, Status>,
  parent: P,
  context: ReconcileInput,
): Promise<ExecuteResult> {
  const { now } = context;
  if (parent.metadata?.deletionTimestamp !== undefined) {
    return parent.metadata.finalizers?.includes(finalizerName(definition))
      ? cleanUp(definition, parent, context)
      : { wroteChildren: false, wroteStatus: 'none' };
  }
  if (isPaused(definition.resource, parent)) {
    const { result } = await carryOut(pausedPlan(definition, parent, now), context);
    return { ...result, outcome: 'paused' };
  }
  const snapshot = await definition.observe(parent, context);
  return executePlan(definition, parent, definition.plan(snapshot, now), now, context, snapshot);
}
