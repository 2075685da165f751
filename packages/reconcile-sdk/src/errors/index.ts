/** Errors as one closed union: a stable code, what to do about it, and the cause. */
export {
  OperatorError,
  describeError,
  isAborted,
  isAlreadyExists,
  isConflict,
  isFenced,
  isGone,
  isNotFound,
  retryClassOf,
  type ErrorCode,
  type RetryClass,
} from './operator-error.ts';
