/**
 * An operator as a pure function from what is observed to a plan, and the one engine that carries plans out:
 * server-side apply of what differs, guarded deletes of what is no longer wanted, status when it changed.
 */
export {
  child,
  guardedDelete,
  reads,
  type ChildProblem,
  type DesiredChild,
  type GuardedDelete,
  type ObserveContext,
  type OwnedKind,
  type Parent,
  type Plan,
  type PlanDefinition,
  type ReadKind,
} from './plan.ts';
export { appliedFields, difference, type FieldSet } from './difference.ts';
export { executePlan, type ExecuteContext } from './execute.ts';
