import { backoff, type Random } from '../clock/index.ts';
import { type OperatorError } from '../errors/index.ts';

/** A try that failed, and what is left for another. */
export interface FailedTry {
  failure: OperatorError;
  /** 1 after the first. */
  tries: number;
  method: string;
  idempotent: boolean;
  /** Whether a byte of the request may have left. */
  sent: boolean;
  /** Until the call's deadline. */
  remainingMs: number;
}

/** Five tries wait at most 3 s in all; after that it is the caller's back-off that should grow. */
const maxTries = 5;
const waits = { baseMs: 100, maxMs: 2_000 };

/**
 * How long to wait before the next try, in milliseconds; undefined when there should be none. Retried is what did
 * not reach the server, what it refused unseen (429), and, when a second run does no harm, what may have been lost.
 * A wait that the server asks for is kept in full, and full jitter comes on top, so that those whom it sent away
 * together do not come back together.
 */
export function nextTryAfter(attempt: FailedTry, random: Random): number | undefined {
  const { failure, tries, remainingMs } = attempt;
  if (tries >= maxTries || !mayHelp(attempt)) return undefined;
  const wait = (failure.retryAfterMs ?? 0) + backoff(tries, waits, random);
  // Waiting beyond the deadline would only delay the news.
  return wait < remainingMs ? wait : undefined;
}

function mayHelp({ failure, method, idempotent, sent }: FailedTry): boolean {
  switch (failure.code) {
    case 'throttled':
      return true;
    case 'network':
      return idempotent || !sent;
    case 'unavailable':
      // A plain 500 to a write is most often a webhook or a bug: it would only be met again.
      return (
        method === 'GET' || (idempotent && (failure.httpStatus !== 500 || failure.retryAfterMs !== undefined))
      );
    case 'timeout':
      // The server's own (504); our deadline leaves no time to retry.
      return idempotent && failure.httpStatus !== undefined;
    default:
      return false;
  }
}
