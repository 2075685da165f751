import { backoff, type Clock, type Random } from '@stateful/reconcile-sdk';
import { ObjectStoreError } from './store-error.ts';

/** How often one request is made, and how long is waited between. */
export interface RetryPolicy {
  /** Tries in all; 1 is no retry. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
}

export const retryPolicy: RetryPolicy = { attempts: 5, baseMs: 200, maxMs: 10_000 };

/** How long to wait before the next try; undefined: the error is the answer. Pure but for its chance. */
export function waitBeforeRetry(
  error: unknown,
  failures: number,
  policy: RetryPolicy,
  random: Random,
): number | undefined {
  if (!(error instanceof ObjectStoreError) || !error.isPassing || failures >= policy.attempts) {
    return undefined;
  }
  // A store that says when to come back means it, within reason.
  const asked = Math.min(error.retryAfterMs ?? 0, 60_000);
  return Math.max(asked, backoff(failures - 1, policy, random));
}

/** Makes a request until it is answered, or no retry can help. */
export async function retrying<T>(
  request: () => Promise<T>,
  {
    policy,
    clock,
    random,
    signal,
  }: { policy: RetryPolicy; clock: Clock; random: Random; signal?: AbortSignal | undefined },
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await request();
    } catch (error) {
      const wait = signal?.aborted ? undefined : waitBeforeRetry(error, failures, policy, random);
      if (wait === undefined) throw error;
      await clock.sleep(wait, signal);
    }
  }
}
