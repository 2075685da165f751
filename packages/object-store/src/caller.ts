import { OperatorError, type Clock, type Random } from '@stateful/reconcile-sdk';
import { explain } from './explain.ts';
import { retrying, type RetryPolicy } from './retry.ts';
import { ObjectStoreError } from './store-error.ts';

type Request<T> = (signal: AbortSignal) => Promise<T>;
type Call = <T>(
  permission: string,
  key: string,
  signal: AbortSignal | undefined,
  request: Request<T>,
) => Promise<T>;

/** How requests are made: with a deadline each, and their errors in words of ours. */
export interface Caller {
  /** Never twice. */
  readonly once: Call;
  /** Until it is answered, or no retry can help. */
  readonly again: Call;
}

export function bounded({
  clock,
  random,
  policy,
  timeoutMs,
  bucket,
}: {
  clock: Clock;
  random: Random;
  policy: RetryPolicy;
  timeoutMs: number;
  bucket: string;
}): Caller {
  const once: Call = async (permission, key, signal, request) => {
    signal?.throwIfAborted();
    const deadline = new AbortController();
    const timer = clock.setTimer(timeoutMs, () => deadline.abort());
    try {
      return await request(signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      // Whoever was asked for credentials has said what is wrong: nothing was asked of the store.
      if (error instanceof OperatorError) throw error;
      const about = { permission, bucket, key };
      if (!deadline.signal.aborted) throw explain(error, about);
      throw new ObjectStoreError(
        'Timeout',
        `${permission} on s3://${bucket}/${key} was not answered within ${timeoutMs / 1000} s`,
        { cause: error, permission },
      );
    } finally {
      timer.cancel();
    }
  };
  return {
    once,
    again: (permission, key, signal, request) =>
      retrying(() => once(permission, key, signal, request), { policy, clock, random, signal }),
  };
}
