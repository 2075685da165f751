import { backoff, type Clock, type Random, type Timer } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import { type CallLimit } from './call-limit.ts';
import { type HttpRequest } from './http-request.ts';
import { createWaitingLine } from './waiting-line.ts';

/**
 * Holds a whole client back while its server refuses: each call has tries of its own, and each event of a watch
 * asks again, so many callers that are patient one by one are a flood together.
 */
export interface BackPressure {
  /**
   * Resolves when this call may be tried; undefined: at once. Rejects with the limit's reason, and as `throttled`
   * when its time would be over before it could be asked.
   */
  enter(
    limit: Pick<CallLimit, 'reason' | 'onAbort' | 'remainingMs'>,
    request: HttpRequest,
  ): Promise<unknown> | undefined;
  /** What became of a try: `undefined` for an answer, whatever it says of the request. */
  tried(request: HttpRequest, failure: OperatorError | undefined): void;
  /** The client ends: nothing of this keeps the process. Who waits is ended by its own limit. */
  close(): void;
}

/** So many refusals, with no answer between them, are no matter of one object or one kind. */
const patience = 3;
const waits = { baseMs: 500, maxMs: 10_000 };

/**
 * After three refusals in a row calls wait: as long as the server asks for, and otherwise ever longer, up to 10 s.
 * Then one goes ahead, and its answer lets all others go. Urgent calls never wait. Refusals are 429, 502, 503, 504,
 * and 500 to a read; to a write it is most often a webhook's. A network that fails is not the server's word: tries
 * cost it nothing then, and the way back should be found soon.
 */
export function createBackPressure(clock: Clock, random: Random): BackPressure {
  let refusals = 0;
  let holds = 0;
  let heldUntil = -Infinity;
  let scout: HttpRequest | undefined;
  let timer: Timer | undefined;
  let isClosed = false;
  const line = createWaitingLine<HttpRequest>();

  const isHeld = (): boolean => refusals >= patience;

  function sendScout(): void {
    if (isClosed || !isHeld() || scout || timer || line.length() === 0) return;
    const now = clock.monotonic();
    if (now < heldUntil) {
      timer = clock.setTimer(heldUntil - now, () => {
        timer = undefined;
        sendScout();
      });
      return;
    }
    scout = line.next();
  }

  return {
    enter(limit, request) {
      if (request.urgent || !isHeld()) return undefined;
      if (limit.reason) return Promise.reject(limit.reason);
      const waitMs = heldUntil - clock.monotonic();
      if (waitMs >= limit.remainingMs()) {
        const seconds = Math.ceil(waitMs / 1000);
        return Promise.reject(
          new OperatorError(
            'throttled',
            `${request.what}: not asked, because the API server refuses all calls; the next try is in ${seconds} s`,
            { retryAfterMs: waitMs },
          ),
        );
      }
      const turn = line.join(limit, () => request);
      sendScout();
      return turn;
    },
    tried(request, failure) {
      const wasScout = scout === request;
      if (wasScout) scout = undefined;
      if (failure && isRefusal(failure, request)) {
        refusals++;
        // Many that were under way together are one reason to wait longer, not many.
        if (wasScout || refusals === patience) {
          const wait = backoff(++holds, waits, random);
          heldUntil = clock.monotonic() + Math.max(failure.retryAfterMs ?? 0, waits.baseMs) + wait;
        }
      } else if (!failure || failure.httpStatus !== undefined) {
        refusals = 0;
        holds = 0;
        while (line.next());
      }
      sendScout();
    },
    close() {
      isClosed = true;
      timer?.cancel();
    },
  };
}

function isRefusal({ httpStatus }: OperatorError, { method, isOwnRefusal }: HttpRequest): boolean {
  if (httpStatus === undefined || isOwnRefusal) return false;
  return [429, 502, 503, 504].includes(httpStatus) || (httpStatus === 500 && method === 'GET');
}
