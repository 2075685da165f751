import { operationBuckets } from './buckets.ts';
import { type Families } from './families.ts';

/** How something was written. */
export type WriteVerb = 'apply' | 'create' | 'update' | 'patch' | 'delete' | 'status' | 'evict';

/** How an operation ended, or one try at a step. */
export type OperationResult = 'succeeded' | 'failed' | 'undone' | 'cancelled';

/** One operation that is under way. */
export interface OperationFigures {
  controller: string;
  /** Its kind, such as `upgrade`. */
  operation: string;
  /** Such as `running`, `undoing`, `held`. */
  phase: string;
}

/** Facts of the plan layer. `resource` as `resourceText` gives it. */
export interface PlanMetrics {
  writeMade(controller: string, resource: string, verb: WriteVerb): void;
  /** A write that was not needed, so not made. */
  writeSkipped(controller: string, resource: string): void;
  /** An apply that was sent and changed nothing: the comparison saw a difference where the server sees none. */
  writeChangedNothing(controller: string, resource: string): void;
  /** A destructive write, bound to UID and resourceVersion after a live look. */
  writeGuarded(controller: string, resource: string): void;
  /** A destructive write that the live look, or its preconditions, held back. */
  writeRefused(controller: string, resource: string): void;
  /** One try at a step of an operation. */
  stepTried(controller: string, operation: string, step: string, result: 'done' | 'failed'): void;
  /** A step is over. */
  stepEnded(controller: string, operation: string, step: string, seconds: number): void;
  operationEnded(controller: string, operation: string, result: OperationResult, seconds: number): void;
  /** Where the operations under way are read at each scrape. */
  readOperations(source: () => Iterable<OperationFigures>): void;
}

export function planMetrics(families: Families): PlanMetrics {
  const perResource = ['controller', 'resource'] as const;
  const count = (name: string, help: string) => families.counter({ name, help, labels: perResource });
  const sources: (() => Iterable<OperationFigures>)[] = [];
  const made = families.counter({
    name: 'reconcile_writes_total',
    help: 'Writes made.',
    labels: [...perResource, 'verb'],
  });
  const skipped = count('reconcile_writes_skipped_total', 'Writes not made because nothing differed.');
  const noop = count('reconcile_noop_writes_total', 'Applies that the API server answered without a change.');
  const guarded = count(
    'reconcile_guarded_writes_total',
    'Destructive writes made after a live look, bound to what was seen.',
  );
  const refused = count('reconcile_refused_writes_total', 'Destructive writes held back by a live look.');
  const tries = families.counter({
    name: 'reconcile_operation_step_attempts_total',
    help: 'Tries at steps of operations.',
    labels: ['controller', 'operation', 'step', 'result'],
  });
  const steps = families.histogram({
    name: 'reconcile_operation_step_seconds',
    help: 'Seconds from the first try at a step to its end.',
    labels: ['controller', 'operation', 'step'],
    buckets: operationBuckets,
  });
  const ends = families.histogram({
    name: 'reconcile_operation_seconds',
    help: 'Seconds from the start of an operation to its end.',
    labels: ['controller', 'operation', 'result'],
    buckets: operationBuckets,
  });
  families.read({
    name: 'reconcile_operations',
    help: 'Operations under way.',
    labels: ['controller', 'operation', 'phase'],
    type: 'gauge',
    collect(tell) {
      for (const source of sources)
        for (const { controller, operation, phase } of source()) tell(1, controller, operation, phase);
    },
  });
  return {
    writeMade: (controller, resource, verb) => made.labels(controller, resource, verb).inc(),
    writeSkipped: (controller, resource) => skipped.labels(controller, resource).inc(),
    writeChangedNothing: (controller, resource) => noop.labels(controller, resource).inc(),
    writeGuarded: (controller, resource) => guarded.labels(controller, resource).inc(),
    writeRefused: (controller, resource) => refused.labels(controller, resource).inc(),
    stepTried: (controller, operation, step, result) =>
      tries.labels(controller, operation, step, result).inc(),
    stepEnded: (controller, operation, step, seconds) =>
      steps.labels(controller, operation, step).observe(seconds),
    operationEnded: (controller, operation, result, seconds) =>
      ends.labels(controller, operation, result).observe(seconds),
    readOperations: (source) => void sources.push(source),
  };
}
