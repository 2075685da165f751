import { OperatorError } from '../errors/index.ts';
import { type CallLimit } from './call-limit.ts';

/** Whatever ended a call, as the error that its caller gets. */
export function failureOf(cause: unknown, what: string, limit: CallLimit): OperatorError {
  // What a socket says when it is torn down is not why.
  if (limit.reason) return limit.reason;
  if (cause instanceof OperatorError) return cause;
  return new OperatorError('network', `${what}: the API server cannot be reached`, { cause });
}

/** Codes of TLS that mean that the authority or the name is not the one we know. */
const distrust = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|ERR_TLS_CERT_|INVALID_CA)/;

/** Whether the server could not show that it is who it should be: perhaps there is a new authority. */
export function isDistrust(cause: unknown): boolean {
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === 'string' && distrust.test(code);
}

/** Waits for what others wait for too: the limit lets only this one go. */
export function unlessAborted<T>(
  shared: Promise<T>,
  limit: Pick<CallLimit, 'reason' | 'onAbort'>,
): Promise<T> {
  if (limit.reason) return Promise.reject(limit.reason);
  return new Promise((resolve, reject) => {
    const letGo = limit.onAbort(reject);
    shared.then(resolve, reject).finally(letGo);
  });
}
