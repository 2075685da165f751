import { type DesiredChild, type GuardedDelete } from '../child.ts';
import { type WantedOperation } from '../operation/index.ts';
import { type Answer } from '../answer.ts';

/** What cleaning up needs now. Made by a pure function. */
export interface FinalPlan<Status> {
  /**
   * Children that cleaning up still needs; others are deleted as ever, dependents first. `leave`: touch none, the
   * garbage collector takes those with an owner reference when the object is gone.
   */
  readonly children: readonly DesiredChild[] | 'leave';
  readonly deletes?: readonly GuardedDelete[];
  /**
   * As in a plan: cleaning up that takes steps. It has to be wanted until it has succeeded. Absent: one that is
   * under way is undone before the object goes.
   */
  readonly operation?: WantedOperation | 'hold';
  readonly status: Status;
  /** Nothing is left outside: the object may go. `unknown` never lets it go. */
  readonly done: Answer;
  /** For people: what stays behind outside if the object goes now. */
  readonly leftBehind?: string;
  readonly requeueAfterMs?: number;
}

/** How objects of a kind are cleaned up after, and for how long they may be held for it. */
export interface FinalizerDefinition<Snapshot, Status> {
  /** `GROUP/NAME`. */
  readonly name: string;
  /**
   * Whether something exists outside, or is about to, that has to be cleaned up. Only then does the object carry
   * the finalizer; `unknown` leaves it as it is. (Children elsewhere need it too; the engine knows of those.) Pure.
   */
  isNeeded(snapshot: Snapshot): Answer;
  /** What is to be done while the object is going. Pure. */
  finalize(snapshot: Snapshot, now: number): FinalPlan<Status>;
  /** From the deletion mark on: how long the object may be held. Milliseconds. */
  readonly deadlineMs: number;
  /**
   * What to do then. `release`: let it go, with a Warning event that says what may be left behind. `hold`: go on
   * trying and say so, unless its kind or namespace is being uninstalled.
   */
  readonly onDeadline: 'release' | 'hold';
  /**
   * The deadline while the CRD or the namespace is being deleted, or the object carries the annotation
   * `GROUP/uninstall`; then it is always let go. Milliseconds. Default 30 s, at most `deadlineMs`.
   */
  readonly uninstallDeadlineMs?: number;
}

/** What cleaning up needs; a kind without a finalizer of its own only has children elsewhere. */
export function finalPlan<Snapshot, Status>(
  definition: { readonly finalizer?: FinalizerDefinition<Snapshot, Status> },
  parent: { readonly status?: object },
  snapshot: Snapshot,
  now: number,
): Omit<FinalPlan<Status>, 'operation'> & { operation: WantedOperation | 'hold' | 'none' } {
  const final: FinalPlan<Status> = definition.finalizer?.finalize(snapshot, now) ?? {
    children: [],
    status: (parent.status ?? {}) as Status,
    done: true,
  };
  return { ...final, operation: final.operation ?? 'none' };
}
