import { type OperationRecord, type Json, type JsonObject, type PlannedStep } from './record.ts';
import { type Answer } from '../answer.ts';

/** The wish of a plan. It says what is wanted, never how far it has come. */
export interface WantedOperation {
  readonly kind: string;
  /** For the steps. */
  readonly params?: JsonObject;
  /**
   * Tells one wish from the next of the same kind: an operation that has ended is not begun again for the same key
   * as long as it is wanted. Another key withdraws the one that runs. Default: the params.
   */
  readonly key?: string;
}

/** What a step knows of its operation. */
export interface StepContext {
  readonly operationId: string;
  readonly params: JsonObject;
  /**
   * 40 hexadecimal digits, the same for the same object, operation, step and direction, across crashes and
   * leaders: fits EC2 client tokens, labels and object names.
   */
  readonly idempotencyKey: string;
  /** The key under which `act` asks: how an undo finds an effect whose answer was lost. */
  readonly effectKey: string;
  /** The last request in this direction was answered without an error. */
  readonly asked: boolean;
  /** As `idempotencyKey`, for a step that makes several requests. */
  keyFor(purpose: string): string;
  /** What this step's own `act` answered, once that is persisted. */
  readonly result: Json | undefined;
  /** What earlier steps answered, by name. */
  readonly results: { readonly [step: string]: Json };
}

/** What goes with a request. */
export interface StepCall extends StepContext {
  /** Whoever carries the request out refuses it when it has seen a higher one for this object. */
  readonly fence: number;
  /** Counted from 1. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  /** Aborts when this process is told to stop. `signal` does so at the same time, except in a step that `drains`. */
  readonly stopping: AbortSignal;
}

/**
 * One idempotent request; an answer, if any, is kept in the record. It has not to wait for the effect: `done` sees
 * that. Throwing leads to another attempt after back-off; an OperatorError of the terminal class turns back.
 */
export type Act<View> = (view: View, call: StepCall) => Promise<Json | undefined | void>;

/** One step: how it is asked for, how it is seen to be done, and the way back. */
export interface StepDefinition<View> {
  readonly name: string;
  /** Looks at this step's own effect, never at an earlier one's (R5), in the snapshot. Pure. */
  readonly done: (view: View, context: StepContext) => Answer;
  /** Absent: nothing is asked for; the plan's children do it, or it is a thing to wait for. */
  readonly act?: Act<View>;
  /** From its beginning to `done`; then the operation turns back. Milliseconds. */
  readonly deadlineMs?: number;
  /** Compared with the last look's; a step that stands still for `noProgressMs` turns back. Pure. */
  readonly progress?: (view: View, context: StepContext) => string | number | undefined;
  readonly noProgressMs?: number;
  /** A request that is not answered is given up after this long, and counts as failed. Default 30 s. */
  readonly timeoutMs?: number;
  /** `act` may go on for a while when the process stops (ManagerOptions.graceMs): it looks at `call.stopping` itself. */
  readonly drains?: true;
  /** `act` is asked for again when it succeeded and `done` has not come after this long. Default 60 s. */
  readonly repeatMs?: number;
  /** Look again after this long while waiting for `done`; changes of watched objects wake it anyhow. Default 5 s. */
  readonly pollMs?: number;
  /**
   * The way back. Asked for at least once, even if `done` says that nothing is there: the request carries a higher
   * fence than any that may still be on its way. Absent: there is nothing to undo.
   */
  readonly undo?: { readonly done: (view: View, context: StepContext) => Answer; readonly act?: Act<View> };
  /** Once this step has begun the operation can only go forward. Announced before. */
  readonly pointOfNoReturn?: boolean;
}

/** One kind of operation, as data. */
export interface OperationDefinition<View> {
  /** One CamelCase or kebab-case word, unique among the operations of a kind. */
  readonly kind: string;
  /** At least one; names are unique. */
  readonly steps: readonly StepDefinition<View>[];
  /** From the beginning to the end; then it turns back. Milliseconds. Default: none. */
  readonly deadlineMs?: number;
}

/** An operation as data; checks that it has steps and that their names are unique. Throws RangeError. */
export function operation<View>(definition: OperationDefinition<View>): OperationDefinition<View> {
  const names = definition.steps.map((step) => step.name);
  if (names.length === 0) throw new RangeError(`operation ${definition.kind} has no steps`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new RangeError(`operation ${definition.kind} has two steps named ${twice}`);
  return definition;
}

/** What there is to say about operations, for conditions. */
export interface OperationReport {
  readonly record: OperationRecord | undefined;
  /** Another one that is wanted and waits until this one has ended. */
  readonly waiting: WantedOperation | undefined;
  /** Somebody wants it back, but it has passed the step after which there is no way back. */
  readonly cannotCancel: boolean;
  /** The steps that come next. */
  readonly next: readonly PlannedStep[];
}
