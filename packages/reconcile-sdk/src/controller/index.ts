/** Runs one reconcile function over a queue of keys: retries, deadlines, holding back, and telling why. */
export {
  createController,
  type Controller,
  type ControllerOptions,
  type KeyExplanation,
  type Reconcile,
  type ReconcileContext,
  type ReconcileResult,
} from './controller.ts';
export { type FailureBackoff } from './failure.ts';
export {
  createHotLoopDetector,
  type HotLoop,
  type HotLoopDetector,
  type HotLoopOptions,
} from './hot-loop.ts';
export { type ControllerObserver, type ReconcileOutcome } from './observer.ts';
export { type Run } from './run-history.ts';
export {
  pollSource,
  pushSource,
  scheduleSource,
  type PollOptions,
  type PushSource,
  type ScheduleOptions,
  type Source,
  type SourceContext,
} from './source.ts';
export { trackWrites, untilSeen, type WriteTracker } from './tracked-client.ts';
