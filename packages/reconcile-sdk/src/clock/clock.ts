/** A timer that has been set. Cancelling one that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time as the SDK sees it. Injected everywhere, so that tests and simulations own it. */
export interface Clock {
  /** Wall clock in milliseconds since the epoch: for what people read, never for measuring a span. */
  now(): number;
  /** Milliseconds from an arbitrary start, never stepped: for leases, deadlines and back-off. */
  monotonic(): number;
  /** Calls `fn` once after `ms`. */
  setTimer(ms: number, fn: () => void): Timer;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A source of numbers in [0, 1). */
export interface Random {
  next(): number;
}

/** Builds a Clock's `sleep` from its `setTimer`. */
export function sleepWith(setTimer: Clock['setTimer']): Clock['sleep'] {
  return (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortReason(signal));
      const onAbort = (): void => {
        timer.cancel();
        reject(abortReason(signal!));
      };
      const timer = setTimer(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}
