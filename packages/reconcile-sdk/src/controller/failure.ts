import { backoff, type Random } from '../clock/index.ts';
import { OperatorError, retryClassOf } from '../errors/index.ts';
import { type ReconcileOutcome } from './observer.ts';

/** What is done about a reconcile that failed. */
export interface FailureDecision {
  outcome: ReconcileOutcome;
  /** Milliseconds until the next try; undefined: only when something changes. */
  retryAfterMs: number | undefined;
  /** For people, in the cause of the next try. */
  because: string;
}

/** How long a key that fails waits. */
export interface FailureBackoff {
  /** First wait, in milliseconds; doubles with each failure. Default 200. */
  baseMs: number;
  /** Longest wait, in milliseconds. Default 60 000. */
  maxMs: number;
}

/** Long enough to spare the API server, short enough to heal within a minute. */
const defaultBackoff: FailureBackoff = { baseMs: 200, maxMs: 60_000 };
/** A conflict means that a newer state is on its way: look again soon. */
const conflictBackoff: FailureBackoff = { baseMs: 50, maxMs: 2_000 };

/** Pure but for the dice: `failures` in a row, this one included. */
export function decideFailure(
  error: unknown,
  failures: number,
  random: Random,
  failureBackoff: FailureBackoff = defaultBackoff,
): FailureDecision {
  switch (retryClassOf(error)) {
    case 'conflict':
      return {
        outcome: 'conflict',
        retryAfterMs: backoff(failures, conflictBackoff, random),
        because: 'conflict',
      };
    case 'throttled':
      return {
        outcome: 'throttled',
        retryAfterMs: (error instanceof OperatorError ? error.retryAfterMs : undefined) ?? 1_000,
        because: 'throttled by the API server',
      };
    case 'fenced':
      return { outcome: 'fenced', retryAfterMs: conflictBackoff.maxMs, because: 'fenced' };
    case 'terminal':
      return { outcome: 'terminal', retryAfterMs: undefined, because: 'failed for good' };
    case 'retry':
      return {
        outcome: 'error',
        retryAfterMs: backoff(failures, failureBackoff, random),
        because: `failed ${failures} ${failures === 1 ? 'time' : 'times'}`,
      };
  }
}

/** What only a mistake in the code throws. */
export const isPanic = (error: unknown): boolean =>
  error instanceof TypeError ||
  error instanceof RangeError ||
  error instanceof ReferenceError ||
  !(error instanceof Error);
