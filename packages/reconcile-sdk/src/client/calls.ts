import { type Clock, type Random } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import { createBackPressure } from './back-pressure.ts';
import { createCallLimit, type CallLimit } from './call-limit.ts';
import { type Identity } from './credentials/credentials.ts';
import { failureOf } from './failure.ts';
import { type HttpRequest } from './http-request.ts';
import { retrying, type Attempt } from './retrying.ts';

export interface CallsOptions {
  clock: Clock;
  random: Random;
  /** Gets new credentials after a 401, and says whether there are any. */
  renew: (rejected: Identity, limit: CallLimit) => Promise<boolean>;
}

/** What every call over one transport has, whatever carries its bytes: an end, tries until one succeeds, and patience. */
export interface Calls {
  /** The limit is released unless the call succeeds and `keepLimit` is set. Throws OperatorError. */
  run<T>(
    request: HttpRequest,
    tryOnce: (attempt: Attempt, limit: CallLimit) => Promise<T>,
    keepLimit?: boolean,
  ): Promise<T>;
  /** Ends those under way, and all that are made later. */
  close(): void;
}

export function createCalls({ clock, random, renew }: CallsOptions): Calls {
  const limits = new Set<CallLimit>();
  const pressure = createBackPressure(clock, random);
  let isClosed = false;
  return {
    async run(request, tryOnce, keepLimit = false) {
      const { timeoutMs, deadlineAt, signal, fenceSignal, what } = request;
      const limit = createCallLimit({
        clock,
        timeoutMs,
        what,
        ...(deadlineAt === undefined ? {} : { deadlineAt }),
        ...(signal ? { signal } : {}),
        ...(fenceSignal ? { fenceSignal } : {}),
        onRelease: () => void limits.delete(limit),
      });
      limits.add(limit);
      if (isClosed) limit.abort(closedError(what));
      let succeeded = false;
      try {
        const result = await retrying(
          { request, limit, clock, random, pressure, renew: (rejected) => renew(rejected, limit) },
          (attempt) => tryOnce(attempt, limit),
        );
        succeeded = true;
        return result;
      } catch (cause) {
        throw failureOf(cause, what, limit);
      } finally {
        if (!succeeded || !keepLimit) limit.release();
      }
    },
    close() {
      isClosed = true;
      pressure.close();
      for (const limit of limits) limit.abort(closedError('the call'));
    },
  };
}

const closedError = (what: string): OperatorError =>
  new OperatorError('aborted', `${what}: the client is closed`);
