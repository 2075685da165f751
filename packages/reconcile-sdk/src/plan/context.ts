import { type ReadStore } from '../cache/index.ts';
import { type Clock } from '../clock/index.ts';
import { type KubeClient, type KubeObject, type ObjectKey, type Resource } from '../client/index.ts';
import { type EventRecorder } from '../events/index.ts';
import { type Logger } from '../logging/index.ts';
import { type OperationFacts } from './operation/tell.ts';

/** What the engine tells of, for metrics. `resource` as `resourceText` gives it. */
export interface PlanObserver extends OperationFacts {
  /** A write that was not needed, so not made. */
  writeSkipped(controller: string, resource: string): void;
  writeMade(
    controller: string,
    resource: string,
    verb: 'apply' | 'create' | 'patch' | 'delete' | 'status',
  ): void;
  /** An apply that was sent and changed nothing: the comparison saw a difference where the server sees none. */
  writeChangedNothing(controller: string, resource: string): void;
  /** A destructive write, bound to UID and resourceVersion after a live look. */
  writeGuarded?(controller: string, resource: string): void;
  /** A destructive write that the live look, or its preconditions, held back. */
  writeRefused?(controller: string, resource: string): void;
  /** One try at a step of an operation: whether its request was answered without an error. */
  stepTried?(controller: string, operation: string, step: string, result: 'done' | 'failed'): void;
}

/** The world as the engine acts on it. */
export interface ExecuteContext {
  client: KubeClient;
  store<T extends KubeObject>(resource: Resource<T>): ReadStore<T>;
  /** Told of every child that was applied and why: the first path that differed, none when it was made. */
  onApplied?(applied: AppliedChild): void;
  /** Told of every status write that took, also when the reconcile then fails: echoes of it are no news. */
  onStatusWritten?(written: { change: 'conditions-only' | 'more'; resourceVersion: string }): void;
  events: EventRecorder;
  metrics: PlanObserver;
  log: Logger;
  signal: AbortSignal;
  /** Aborts when this process is told to stop, before `signal` does. Default: never. */
  stopping?: AbortSignal;
  /**
   * For what is written down after a request of an operation, and to give up on one that is not answered. Without
   * it: `now` of the look, and no limit but the signal.
   */
  clock?: Pick<Clock, 'now' | 'setTimer'>;
  /** Throws `fenced` when this process may no longer act; asked right before a request of an operation. */
  fence?(): void;
  /** The term of leadership that this process holds; it becomes part of the fence of operations. Default 0. */
  epoch?: number;
}

/** One apply of a child that took. */
export interface AppliedChild {
  readonly parent: ObjectKey;
  readonly resource: Resource;
  readonly child: ObjectKey;
  /** The first path that differed; absent when it was made. */
  readonly path?: string;
}

/** What a reconcile did, for the controller. */
export interface ExecuteResult {
  /** Children were made, changed or deleted: their watch wakes the key, look again then. */
  wroteChildren: boolean;
  /** `conditions-only`: the echo of that write is no news. */
  wroteStatus: 'none' | 'conditions-only' | 'more';
  /** resourceVersion that the last status write led to. */
  statusVersion?: string;
  /** Look again after this long, in milliseconds; 0: at once. */
  requeueAfterMs?: number;
  /** The annotation `GROUP/paused` holds it; nothing was done. */
  outcome?: 'paused';
}

/** The world, and when it is looked at. */
export interface ReconcileInput extends ExecuteContext {
  /** Wall clock, milliseconds. */
  now: number;
}
