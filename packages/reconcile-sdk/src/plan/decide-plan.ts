import { resourceText, type KubeObject, type Resource } from '../client/index.ts';
import { OperatorError } from '../errors/index.ts';
import { type Action } from './action.ts';
import { type ChildProblem, type GuardedDelete, type Waiting, type DesiredChild } from './child.ts';
import { type ExecuteContext } from './context.ts';
import { decide, type View } from './decide.ts';
import { problemConditions, waitingConditions, withConditions } from './default-conditions.ts';
import {
  nextOperation,
  operationConditions,
  type OperationDecision,
  type OperationReport,
  type OperationStatus,
  type WantedOperation,
} from './operation/index.ts';
import { childKey, isElsewhere, isOurs, parentAnnotation, type Family } from './ownership.ts';
import { type OwnedKind, type Parent, type PlanDefinition } from './plan.ts';
import { type StatusLike } from './status-like.ts';

/** What a plan and a final plan have in common. */
export interface Intended<Status> {
  readonly children: readonly DesiredChild[] | 'leave';
  readonly deletes?: readonly GuardedDelete[];
  /** `none` is also a wish: what is left alone says nothing of operations then. */
  readonly operation?: WantedOperation | 'hold' | 'none';
  readonly status: Status;
  readonly requeueAfterMs?: number;
}

/** What is looked at to decide; `snapshot` is what `observe` made. */
export interface PlanInput<P extends Parent, Snapshot, Status extends StatusLike> {
  readonly definition: PlanDefinition<P, Snapshot, Status>;
  readonly parent: P;
  readonly plan: Intended<Status>;
  readonly snapshot: Snapshot;
  readonly now: number;
}

/** All that is decided before anything is done. */
export interface PlanDecision<Snapshot, Status> {
  readonly view: View;
  /** What to do about children, in order. */
  readonly actions: readonly Action[];
  readonly waiting: readonly Waiting[];
  /** Whether the object has to carry the finalizer from now on. */
  readonly finalizer: 'add' | 'remove' | 'as-is';
  readonly operation: OperationDecision<Snapshot> | undefined;
  /** The status as it should stand, given what went wrong and how far the operation has come. */
  statusWith(
    problems: readonly ChildProblem[],
    operation: { status: OperationStatus; report: OperationReport } | undefined,
  ): Status;
}

/** Everything that one plan leads to, before anything is done. Pure but for reading the caches. */
export function decidePlan<P extends Parent, Snapshot, Status extends StatusLike>(
  input: PlanInput<P, Snapshot, Status>,
  context: Pick<ExecuteContext, 'client' | 'store' | 'epoch'>,
): PlanDecision<Snapshot, Status> {
  const { definition, parent, plan, now } = input;
  const family: Family = { parent, resource: definition.resource };
  const view = viewOf(family, context);
  const actions = decide(view, definition.owns, plan);
  const waiting = actions.flatMap((action) => (action.verb === 'wait' ? action.waiting : []));
  const operation = operationOf(input, family, context.epoch ?? 0);
  return {
    view,
    actions,
    waiting,
    finalizer: finalizerOf(input, view),
    operation,
    statusWith(problems, moved) {
      const before = parent.status as Status | undefined;
      let status = plan.status;
      if (moved) {
        status = withRecord(status, moved.status);
        status = definition.withOperation
          ? definition.withOperation(status, moved.report, now, before)
          : withConditions(status, operationConditions(moved.report), parent, now);
      }
      if (waiting.length > 0) {
        status = definition.withWaiting
          ? definition.withWaiting(status, waiting, now, before)
          : withConditions(status, waitingConditions(waiting), parent, now);
      }
      if (problems.length > 0) {
        status = definition.withProblems
          ? definition.withProblems(status, problems, now, before)
          : withConditions(status, problemConditions(problems), parent, now);
      }
      return status;
    },
  };
}

/** The caches as a decision sees them. */
export function viewOf(family: Family, { client, store }: Pick<ExecuteContext, 'client' | 'store'>): View {
  const uid = family.parent.metadata?.uid ?? '';
  return {
    family,
    fieldManager: client.fieldManager,
    find: (desired) => {
      const key = childKey(family, desired);
      return store(desired.resource).get(key.namespace, key.name);
    },
    children: ({ resource, elsewhere }) =>
      (elsewhere ? store(resource).all() : store(resource).ownedBy(uid)).filter((object) =>
        isOurs(family, resource, object),
      ),
  };
}

/** The finalizer under which an object of that kind is held; a kind without one needs it for children elsewhere. */
export const finalizerName = ({
  finalizer,
  resource,
}: {
  finalizer?: { name: string } | undefined;
  resource: Resource;
}): string => finalizer?.name ?? `${resource.group}/children`;

/** Children that the garbage collector will not take, because no owner reference can reach the parent. */
export const childrenElsewhere = (view: View, owns: readonly OwnedKind[]): KubeObject[] =>
  owns.filter(({ elsewhere, keep }) => elsewhere && !keep).flatMap((kind) => view.children(kind));

function finalizerOf<P extends Parent, Snapshot, Status extends StatusLike>(
  { definition, parent, plan, snapshot }: PlanInput<P, Snapshot, Status>,
  view: View,
): 'add' | 'remove' | 'as-is' {
  if (parent.metadata?.deletionTimestamp !== undefined) return 'as-is';
  const { finalizer, owns } = definition;
  const elsewhere = new Set(
    owns.filter((kind) => kind.elsewhere).map(({ resource }) => resourceText(resource)),
  );
  const wanted = plan.children === 'leave' ? [] : plan.children;
  const outside = wanted.filter((desired) =>
    isElsewhere(view.family, desired.resource, childKey(view.family, desired)),
  );
  const undeclared = outside.find(({ resource }) => !elsewhere.has(resourceText(resource)));
  if (undeclared) {
    throw new OperatorError(
      'bad-configuration',
      `the plan is wrong: ${undeclared.resource.kind} ${undeclared.object.metadata?.name} stands where no owner reference reaches; declare its kind with elsewhere in owns`,
    );
  }
  const holds = parent.metadata?.finalizers?.includes(finalizerName(definition)) ?? false;
  const hasOutside = outside.length > 0 || childrenElsewhere(view, owns).length > 0;
  const needed =
    hasOutside || (finalizer ? finalizer.isNeeded(snapshot) : plan.children === 'leave' ? 'unknown' : false);
  if (needed === true) {
    const isUninstalling = parentAnnotation(view.family, 'uninstall') !== undefined;
    return holds || isUninstalling ? 'as-is' : 'add';
  }
  return needed === false && holds ? 'remove' : 'as-is';
}

function operationOf<P extends Parent, Snapshot, Status extends StatusLike>(
  { definition, parent, plan, snapshot, now }: PlanInput<P, Snapshot, Status>,
  family: Family,
  epoch: number,
): OperationDecision<Snapshot> | undefined {
  const { operations } = definition;
  if (!operations) return undefined;
  const { operation, operationHistory } = (parent.status ?? {}) as OperationStatus;
  const wished = plan.operation ?? (plan.children === 'leave' ? 'hold' : 'none');
  return nextOperation<Snapshot>(
    { operation, operationHistory },
    {
      uid: parent.metadata?.uid ?? '',
      definitions: operations,
      wanted: wished === 'none' ? undefined : wished,
      view: snapshot,
      now,
      epoch,
      cancel: parentAnnotation(family, 'cancel-operation'),
      retry: parentAnnotation(family, 'retry-operation'),
    },
  );
}

function withRecord<Status extends StatusLike>(status: Status, operation: OperationStatus): Status {
  const { operation: _record, operationHistory: _history, ...rest } = status as Status & OperationStatus;
  return {
    ...rest,
    ...(operation.operation === undefined ? {} : { operation: operation.operation }),
    ...(operation.operationHistory === undefined ? {} : { operationHistory: operation.operationHistory }),
  } as unknown as Status;
}
