/** An abort of one's own that also follows an outer signal. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(reason: Error): void;
  /** Lets go of the outer signal, which lives for much longer; without it every watch would leave a listener there. */
  unlink(): void;
}

/** Aborts with `outer`, or by itself. */
export function linkedAbort(outer: AbortSignal): LinkedAbort {
  const own = new AbortController();
  const follow = (): void => own.abort(outer.reason);
  if (outer.aborted) follow();
  else outer.addEventListener('abort', follow, { once: true });
  return {
    signal: own.signal,
    abort: (reason) => own.abort(reason),
    unlink: () => outer.removeEventListener('abort', follow),
  };
}
