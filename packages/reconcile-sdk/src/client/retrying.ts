import { type Clock, type Random } from '../clock/index.ts';
import { type BackPressure } from './back-pressure.ts';
import { type CallLimit } from './call-limit.ts';
import { type Identity } from './credentials/credentials.ts';
import { failureOf } from './failure.ts';
import { type HttpRequest } from './http-request.ts';
import { nextTryAfter } from './retry-policy.ts';

/** One try of a call, filled in as it goes. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  /** On the monotonic clock. */
  readonly startedAt: number;
  /** A byte of the request may have left. */
  sent: boolean;
  /** Who it was sent as. */
  identity: Identity | undefined;
}

export interface RetryingOptions {
  request: HttpRequest;
  limit: CallLimit;
  clock: Clock;
  random: Random;
  pressure: BackPressure;
  /** Gets new credentials after a 401, and says whether there are any. */
  renew: (rejected: Identity) => Promise<boolean>;
}

/** Runs tries until one succeeds or another would not help. Throws OperatorError. */
export async function retrying<T>(
  { request, limit, clock, random, pressure, renew }: RetryingOptions,
  run: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  let renewed = false;
  for (let number = 1; ; number++) {
    const held = pressure.enter(limit, request);
    if (held) await held;
    const attempt: Attempt = { number, startedAt: clock.monotonic(), sent: false, identity: undefined };
    try {
      const result = await run(attempt);
      pressure.tried(request, undefined);
      return result;
    } catch (cause) {
      const failure = failureOf(cause, request.what, limit);
      pressure.tried(request, failure);
      // A 401 was refused unseen, so it is asked again for every kind of call.
      if (failure.httpStatus === 401 && !renewed && attempt.identity) {
        renewed = true;
        if (await renew(attempt.identity)) continue;
      }
      if (request.retry === false) throw failure;
      const wait = nextTryAfter(
        {
          failure,
          tries: number,
          method: request.method,
          idempotent: request.idempotent,
          sent: attempt.sent,
          remainingMs: limit.remainingMs(),
        },
        random,
      );
      if (wait === undefined) throw failure;
      await clock.sleep(wait, limit.signal);
    }
  }
}
