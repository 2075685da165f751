import { keyOf } from '../client/index.ts';
import { OperatorError, describeError } from '../errors/index.ts';
import { type ChildProblem } from './child.ts';
import { type ExecuteContext, type ExecuteResult } from './context.ts';
import { decidePlan, finalizerName, type PlanDecision, type PlanInput } from './decide-plan.ts';
import { type StatusLike } from './status-like.ts';
import { setFinalizer } from './finalizer/set-finalizer.ts';
import { hasEnded, type OperationStatus } from './operation/index.ts';
import { runEffect } from './operation/run-operation.ts';
import { tellOperation } from './operation/tell.ts';
import { parentGuard, type ParentGuard } from './parent-guard.ts';
import { perform } from './perform.ts';
import { type Parent, type Plan, type PlanDefinition } from './plan.ts';
import { writeStatus } from './write-status.ts';

/**
 * Carries one plan out: children that differ are applied, children that are no longer wanted are deleted under
 * guard, the operation makes at most one move, the status is written when it changed, and changed conditions become
 * events. A problem with one child does not stop the others. Throws after the status is written, so that the queue
 * tries again; but not while an operation is under way, which has a pace of its own. `snapshot` is what `observe`
 * made; steps of operations and finalizers look at it.
 */
export async function executePlan<P extends Parent, Snapshot, Status extends StatusLike>(
  definition: PlanDefinition<P, Snapshot, Status>,
  parent: P,
  plan: Plan<Status>,
  now: number,
  context: ExecuteContext,
  snapshot?: Snapshot,
): Promise<ExecuteResult> {
  const { result, error, isSettled } = await carryOut(
    { definition, parent, plan, now, snapshot: snapshot as Snapshot },
    context,
  );
  if (!error) return result;
  // What is wrong with a child is told in the status; it must not slow an operation that could get on.
  if (isSettled || result.requeueAfterMs === undefined) throw error;
  context.log.warn({ error: describeError(error) }, 'not everything could be done; the operation goes on');
  return result;
}

/** What was done, and what went wrong after all the rest was done. */
export interface CarriedOut {
  readonly result: ExecuteResult;
  readonly error?: Error;
  /** The operation, if any, has ended. */
  readonly isSettled: boolean;
}

/** As `executePlan`. With `finalizer`: for an object that is going and held by it; `problems` are told besides. */
export async function carryOut<P extends Parent, Snapshot, Status extends StatusLike>(
  input: PlanInput<P, Snapshot, Status>,
  context: ExecuteContext,
  cleaning: { finalizer?: string; problems?: readonly ChildProblem[] } = {},
): Promise<CarriedOut> {
  const { definition, plan } = input;
  const decision = decidePlan(input, context);
  const guard = parentGuard(decision.view.family, context, cleaning.finalizer);
  const parent = await withFinalizer(input, decision, guard, context);
  const family = { parent, resource: definition.resource };

  const problems: ChildProblem[] = [];
  let race: Error | undefined;
  let wroteChildren = false;
  const view = { family, fieldManager: decision.view.fieldManager };
  for (const action of decision.actions) {
    const done = await perform(action, { ...context, controller: definition.name, view, guard });
    wroteChildren ||= done.wrote;
    race ??= done.race;
    if (done.problem) problems.push(done.problem);
  }

  const { operation } = decision;
  const { operation: recordBefore } = (input.parent.status ?? {}) as OperationStatus;
  const exact = recordBefore !== undefined || operation?.status.operation !== undefined;
  const write = (from: Parameters<typeof writeStatus>[2], moved: typeof operation) =>
    writeStatus(
      definition.name,
      family,
      from,
      decision.statusWith([...(cleaning.problems ?? []), ...problems], moved),
      exact,
      context,
    );
  let written = await write(
    { status: parent.status, resourceVersion: parent.metadata?.resourceVersion },
    operation,
  );
  let wroteStatus = written.change;
  let lookAgainMs = least(plan.requeueAfterMs, operation?.lookAgainMs);
  let record = operation?.status.operation;
  tellOperation(definition.name, recordBefore, record, input.now, context.metrics);
  // The intent stands on the server, and it was the newest record: now, and not before, the request may be made.
  if (operation?.effect && record) {
    const ran = await runEffect<Snapshot>(record, operation.effect, {
      uid: parent.metadata?.uid ?? '',
      view: input.snapshot,
      signal: context.signal,
      ...(context.stopping ? { stopping: context.stopping } : {}),
      now: context.clock?.now ?? (() => input.now),
      ...(context.clock ? { setTimer: context.clock.setTimer } : {}),
      ...(context.fence ? { fence: context.fence } : {}),
    });
    const { definition: saga, step } = operation.effect;
    context.metrics.stepTried?.(definition.name, saga.kind, step.name, ran.ok ? 'done' : 'failed');
    record = ran.record;
    const { status, report } = operation;
    written = await write(written, {
      status: { ...status, operation: record },
      report: { ...report, record, next: record.plannedSteps },
    });
    if (written.change === 'more' || wroteStatus === 'none') wroteStatus = written.change;
    lookAgainMs = ran.ok ? 0 : least(plan.requeueAfterMs, 1_000);
  }
  const failed = errorOf(problems) ?? race;
  return {
    result: {
      wroteChildren,
      wroteStatus,
      ...(wroteStatus === 'none' || written.resourceVersion === undefined
        ? {}
        : { statusVersion: written.resourceVersion }),
      ...(lookAgainMs === undefined ? {} : { requeueAfterMs: lookAgainMs }),
    },
    ...(failed === undefined ? {} : { error: failed }),
    isSettled: record === undefined || hasEnded(record),
  };
}

export const least = (...times: readonly (number | undefined)[]): number | undefined => {
  const given = times.filter((time) => time !== undefined);
  return given.length > 0 ? Math.min(...given) : undefined;
};

function errorOf(problems: readonly ChildProblem[]): OperatorError | undefined {
  const first = problems.find((problem) => problem.error !== undefined) ?? problems[0];
  if (!first) return undefined;
  if (first.error instanceof OperatorError) return first.error;
  return new OperatorError('foreign-object', first.message, { cause: first.error });
}

/** The finalizer comes before anything that it is there to clean up, and goes when nothing of that is left. */
async function withFinalizer<P extends Parent, Snapshot, Status extends StatusLike>(
  { definition, parent }: PlanInput<P, Snapshot, Status>,
  { finalizer }: PlanDecision<Snapshot, Status>,
  guard: ParentGuard,
  context: ExecuteContext,
): Promise<P> {
  if (finalizer === 'as-is') return parent;
  await guard();
  context.log.info(
    { finalizer: finalizerName(definition), object: keyOf(parent).name },
    `finalizer: ${finalizer}`,
  );
  return setFinalizer(definition.resource, parent, finalizerName(definition), finalizer === 'add', context);
}
