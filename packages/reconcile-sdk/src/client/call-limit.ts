import { type Clock } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';

export interface CallLimitOptions {
  clock: Clock;
  timeoutMs: number;
  /** On the monotonic clock. */
  deadlineAt?: number;
  signal?: AbortSignal;
  /** Aborts when the right to make this call is over; the failure is then `fenced`. */
  fenceSignal?: AbortSignal;
  what: string;
  /** Called by `release`. */
  onRelease?: () => void;
}

/** Where one call ends whatever happens: its deadline, or its caller giving up. */
export interface CallLimit {
  /** Aborts at the deadline and with the caller's signal; the reason is the OperatorError to throw. */
  readonly signal: AbortSignal;
  remainingMs(): number;
  /** Throws when the end is reached, also when the timer that should have said so is late. */
  check(): void;
  /** From now on only the caller's signal counts: the answer of a stream has begun. */
  liftDeadline(): void;
  /** Gives up from this side. */
  abort(reason: OperatorError): void;
  /** Always call it: takes the listener off the caller's signal, which may live as long as the process. */
  release(): void;
}

export function createCallLimit(options: CallLimitOptions): CallLimit {
  const { clock, timeoutMs, deadlineAt, signal, fenceSignal, what } = options;
  const began = clock.monotonic();
  let deadline = Math.min(began + timeoutMs, deadlineAt ?? Infinity);
  const controller = new AbortController();
  const expire = (): void =>
    controller.abort(
      new OperatorError('timeout', `${what}: no answer within ${Math.max(0, deadline - began) / 1000} s`),
    );
  const giveUp = (): void =>
    controller.abort(new OperatorError('aborted', `${what}: given up`, { cause: signal?.reason }));
  const fence = (): void =>
    controller.abort(
      new OperatorError('fenced', `${what}: this process may no longer write`, {
        cause: fenceSignal?.reason,
      }),
    );
  const timer = clock.setTimer(deadline - began, expire);
  const links = [
    [signal, giveUp],
    [fenceSignal, fence],
  ] as const;
  for (const [from, onAbort] of links) {
    if (from?.aborted) onAbort();
    else from?.addEventListener('abort', onAbort, { once: true });
  }
  return {
    signal: controller.signal,
    remainingMs: () => deadline - clock.monotonic(),
    check() {
      if (clock.monotonic() >= deadline) expire();
      controller.signal.throwIfAborted();
    },
    liftDeadline() {
      timer.cancel();
      deadline = Infinity;
    },
    abort: (reason) => controller.abort(reason),
    release() {
      timer.cancel();
      for (const [from, onAbort] of links) from?.removeEventListener('abort', onAbort);
      options.onRelease?.();
    },
  };
}
