/** What went wrong, as a stable word. The closed list: a switch over it is checked by the compiler. */
export type ErrorCode =
  | 'not-found'
  | 'already-exists'
  | 'conflict'
  | 'invalid'
  | 'forbidden'
  | 'unauthorized'
  | 'gone'
  | 'throttled'
  | 'timeout'
  | 'unavailable'
  | 'network'
  | 'aborted'
  | 'fenced'
  | 'foreign-object'
  | 'bad-response'
  | 'bad-configuration';

/**
 * What to do about it: `retry` with back-off; `conflict` read again and retry soon, it is normal; `throttled`
 * wait as long as the server asks; `terminal` retrying changes nothing until the input changes; `fenced` this
 * process may no longer write.
 */
export type RetryClass = 'retry' | 'conflict' | 'throttled' | 'terminal' | 'fenced';

const retryClasses: Record<ErrorCode, RetryClass> = {
  'not-found': 'retry',
  'already-exists': 'conflict',
  conflict: 'conflict',
  invalid: 'terminal',
  forbidden: 'retry',
  unauthorized: 'retry',
  gone: 'retry',
  throttled: 'throttled',
  timeout: 'retry',
  unavailable: 'retry',
  network: 'retry',
  aborted: 'retry',
  fenced: 'fenced',
  'foreign-object': 'retry',
  'bad-response': 'retry',
  'bad-configuration': 'terminal',
};

/** Every error of the SDK: a stable code, a class that says what to do, and the cause. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly code: ErrorCode;
  /** HTTP status, when an HTTP answer caused this. */
  readonly httpStatus: number | undefined;
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    details: { cause?: unknown; httpStatus?: number; retryAfterMs?: number } = {},
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.httpStatus = details.httpStatus;
    this.retryAfterMs = details.retryAfterMs;
  }

  get retryClass(): RetryClass {
    return retryClasses[this.code];
  }
}

const hasCode =
  (code: ErrorCode) =>
  (error: unknown): boolean =>
    error instanceof OperatorError && error.code === code;

/** There is no such object, or no such kind. */
export const isNotFound = hasCode('not-found');
/** A newer state exists: look again. */
export const isConflict = hasCode('conflict');
/** An object of that name is there already. */
export const isAlreadyExists = hasCode('already-exists');
/** That resourceVersion is too old to go on from. */
export const isGone = hasCode('gone');
/** Somebody gave up on it. */
export const isAborted = hasCode('aborted');
/** This process may not write now. */
export const isFenced = hasCode('fenced');

/** The retry class of anything that was thrown; what is not ours is retried. */
export function retryClassOf(error: unknown): RetryClass {
  return error instanceof OperatorError ? error.retryClass : 'retry';
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === 'string' ? thrown : JSON.stringify(thrown);
}

/** One line for people from anything that was thrown, with its causes. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let current = error; current !== undefined && current !== null && parts.length < 4;) {
    const message = messageOf(current);
    if (!parts.some((part) => part.includes(message))) parts.push(message);
    current = current instanceof Error ? current.cause : undefined;
  }
  return parts.join(': ');
}
