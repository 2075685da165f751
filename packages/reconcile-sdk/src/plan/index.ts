/**
 * An operator as a pure function from what is observed to a plan, and the one engine that carries plans out:
 * server-side apply of what differs, guarded deletes of what is no longer wanted, long operations one request at a
 * time, status when it changed.
 */
export {
  child,
  guardedDelete,
  isCurrent,
  refOf,
  waitingText,
  type ChildOptions,
  type ChildProblem,
  type ChildRef,
  type DesiredChild,
  type GuardedDelete,
  type Waiting,
} from './child.ts';
export {
  reads,
  type ObserveContext,
  type OwnedKind,
  type Parent,
  type Plan,
  type PlanDefinition,
  type ReadKind,
} from './plan.ts';
export { type Answer } from './answer.ts';
export { fieldManagersOf } from './field-managers.ts';
export { parentKeyOf } from './ownership.ts';
export {
  type AppliedChild,
  type ExecuteContext,
  type ExecuteResult,
  type PlanObserver,
  type ReconcileInput,
} from './context.ts';
export { reconcilePlan } from './reconcile.ts';
export { isPaused } from './paused.ts';
export { formatPreview, previewPlan, type Preview, type PreviewLine } from './preview.ts';
export { type FinalizerDefinition, type FinalPlan } from './finalizer/definition.ts';
export { drainFinalizers, type Drained, type DrainOptions } from './finalizer/drain.ts';
export * from './operation/index.ts';
