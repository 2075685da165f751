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
  /** The OperatorError to throw, once the end is reached. */
  readonly reason: OperatorError | undefined;
  /** Aborts at the end, with the reason. Made when it is asked for: most calls need none. */
  readonly signal: AbortSignal;
  /** Calls the listener at the end; the result takes that back. */
  onAbort(listener: (reason: OperatorError) => void): () => void;
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
  let listeners: ((reason: OperatorError) => void)[] = [];
  let deadline = Math.min(began + timeoutMs, deadlineAt ?? Infinity);
  let controller: AbortController | undefined;
  let reason: OperatorError | undefined;

  function abort(because: OperatorError): void {
    if (reason) return;
    reason = because;
    controller?.abort(because);
    const told = listeners;
    listeners = [];
    for (const listener of told) listener(because);
  }
  const expire = (): void =>
    abort(
      new OperatorError('timeout', `${what}: no answer within ${Math.max(0, deadline - began) / 1000} s`),
    );
  const giveUp = (): void =>
    abort(new OperatorError('aborted', `${what}: given up`, { cause: signal?.reason }));
  const fence = (): void =>
    abort(
      new OperatorError('fenced', `${what}: this process may no longer write`, {
        cause: fenceSignal?.reason,
      }),
    );
  const follow = (from: AbortSignal | undefined, onAbort: () => void): void => {
    if (from?.aborted) onAbort();
    else from?.addEventListener('abort', onAbort);
  };
  const timer = clock.setTimer(deadline - began, expire);
  follow(signal, giveUp);
  follow(fenceSignal, fence);

  return {
    get reason() {
      return reason;
    },
    get signal() {
      controller ??= new AbortController();
      if (reason) controller.abort(reason);
      return controller.signal;
    },
    onAbort(listener) {
      listeners.push(listener);
      return () => {
        const at = listeners.indexOf(listener);
        if (at >= 0) listeners.splice(at, 1);
      };
    },
    remainingMs: () => deadline - clock.monotonic(),
    check() {
      if (clock.monotonic() >= deadline) expire();
      if (reason) throw reason;
    },
    liftDeadline() {
      timer.cancel();
      deadline = Infinity;
    },
    abort,
    release() {
      timer.cancel();
      signal?.removeEventListener('abort', giveUp);
      fenceSignal?.removeEventListener('abort', fence);
      options.onRelease?.();
    },
  };
}
