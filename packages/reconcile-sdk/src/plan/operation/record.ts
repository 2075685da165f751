/** Plain JSON, as it is stored. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** An object of plain JSON. */
export type JsonObject = { readonly [key: string]: Json };

/** Running and Undoing move, Paused holds either, the others are the end. */
export type OperationPhase = 'Running' | 'Undoing' | 'Paused' | 'Succeeded' | 'Failed' | 'Cancelled';

/** Why an operation was turned back, or ended without success. */
export type OperationReason =
  /** The plan wants it no longer. */
  | 'Withdrawn'
  /** Somebody asked for it by annotation. */
  | 'CancelRequested'
  | 'DeadlineExceeded'
  | 'StepDeadlineExceeded'
  | 'NoProgress'
  /** A step answered with an error that no retry can cure. */
  | 'StepFailed';

/**
 * How far one operation has come: all that survives between two looks. Stands in `status.operation`; written with
 * a resourceVersion precondition before each effect. Times are RFC 3339 in milliseconds.
 */
export interface OperationRecord {
  /** Unique for its object: `KIND-N`. */
  readonly id: string;
  readonly kind: string;
  /** Tells one wish from the next of the same kind. */
  readonly key: string;
  readonly params?: JsonObject;
  readonly phase: OperationPhase;
  /** The step that is under way, done or undone; absent when there is none any more. */
  readonly step?: string;
  /** How often that step was asked for; counted before it is. */
  readonly attempt: number;
  /** Rises with each operation of the object, each takeover by another leader, and on the turn to undoing. */
  readonly fence: number;
  /** The last request of that step was answered without an error. */
  readonly asked?: true;
  /** The leader's term that wrote this last. */
  readonly epoch: number;
  readonly startedAt: string;
  readonly stepStartedAt: string;
  /** Of the whole operation. */
  readonly deadline?: string;
  /** The step is not asked for again before this. */
  readonly nextAttemptAt?: string;
  /** Steps that have, or may have, had an effect, oldest first: undone from the end. */
  readonly undo: readonly string[];
  /** Steps that come next, in order; when undoing, those that are undone next. */
  readonly plannedSteps: readonly PlannedStep[];
  /** What steps answered, for those after them. */
  readonly results?: { readonly [step: string]: Json };
  /** The last progress of the step that was written down, and when. */
  readonly progress?: { readonly value: string; readonly at: string };
  readonly reason?: OperationReason;
  /** For people: why it was turned back. */
  readonly message?: string;
  /** For people: what the last attempt of this step met. */
  readonly lastError?: string;
  /** For people: why it cannot get on by itself. Cleared as soon as it does. */
  readonly stuck?: string;
  /** What Paused holds, and since when; deadlines move by as much. */
  readonly paused?: { readonly phase: 'Running' | 'Undoing'; readonly at: string };
  readonly finishedAt?: string;
}

/** A step that comes next. */
export interface PlannedStep {
  readonly name: string;
  /** Once it has begun there is no way back. */
  readonly pointOfNoReturn?: true;
}

/** An operation that has ended and is wanted no longer: `status.operationHistory`, newest first. */
export interface OperationSummary {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly phase: OperationPhase;
  readonly fence: number;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly reason?: OperationReason;
  readonly message?: string;
}

/** What the engine keeps in the status of an object whose kind has operations. */
export interface OperationStatus {
  readonly operation?: OperationRecord | undefined;
  readonly operationHistory?: readonly OperationSummary[] | undefined;
}

/** Whether it stands still for good. */
export const hasEnded = ({ phase }: Pick<OperationRecord, 'phase'>): boolean =>
  phase === 'Succeeded' || phase === 'Failed' || phase === 'Cancelled';

/** How many operations `operationHistory` keeps. */
export const historyLimit = 5;

export const summaryOf = ({
  id,
  kind,
  key,
  phase,
  fence,
  startedAt,
  finishedAt,
  reason,
  message,
}: OperationRecord): OperationSummary => ({
  id,
  kind,
  key,
  phase,
  fence,
  startedAt,
  ...(finishedAt === undefined ? {} : { finishedAt }),
  ...(reason === undefined ? {} : { reason }),
  ...(message === undefined ? {} : { message }),
});
