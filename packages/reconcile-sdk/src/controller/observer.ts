import { type QueueSize } from '../queue/index.ts';

/** How a reconcile ended. */
export type ReconcileOutcome =
  'success' | 'requeue' | 'error' | 'conflict' | 'throttled' | 'terminal' | 'fenced' | 'paused';

/** What a controller tells about itself; the manager makes metrics of it. All durations in seconds. */
export interface ControllerObserver {
  added?(): void;
  retried?(): void;
  /** A key was taken after having waited. */
  started?(waited: number): void;
  /** From the arrival of the earliest change that is looked at to the start of its reconcile. */
  lagged?(seconds: number): void;
  reconciled?(outcome: ReconcileOutcome, duration: number): void;
  /** After each change of the queue. */
  queued?(size: QueueSize): void;
  /** The code of a reconcile threw what no code should: a TypeError, a RangeError. */
  panicked?(): void;
  timedOut?(): void;
  /** A key was held until the caches had its own writes; `timedOut`: let go without. */
  held?(duration: number, timedOut: boolean): void;
  /** The echo of an own write was not acted upon. */
  echoDropped?(): void;
}
