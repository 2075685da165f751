import { OperatorError, type RetryClass } from '../errors/index.ts';

/** An error as a log line shows it. */
export interface ErrorRecord {
  /** Class of what was thrown. */
  type: string;
  message: string;
  /** An OperatorError's, or that of Node's system errors, such as ECONNRESET. */
  code?: string;
  retryClass?: RetryClass;
  httpStatus?: number;
  /** What caused it, nearest first, as `CODE: message`. */
  causes?: string[];
  /** Of what is not ours, and of everything while debug lines are written. */
  stack?: string;
}

const maxCauses = 5;

/** Only what is named here is written out: other properties of an error may hold anything. */
export function errorRecord(error: Error, withStack = false): ErrorRecord {
  const isOurs = error instanceof OperatorError;
  const code = codeOf(error);
  const causes = causesOf(error);
  const isExpected = isOurs || (code !== undefined && typeof error.cause !== 'object');
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(isOurs ? { retryClass: error.retryClass } : {}),
    ...(isOurs && error.httpStatus !== undefined ? { httpStatus: error.httpStatus } : {}),
    ...(causes.length > 0 ? { causes } : {}),
    ...((withStack || !isExpected) && error.stack ? { stack: error.stack } : {}),
  };
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function causesOf(error: Error): string[] {
  const causes: string[] = [];
  const seen = new Set<unknown>([error]);
  for (
    let cause = error.cause;
    cause !== undefined && cause !== null && !seen.has(cause);
    cause = cause instanceof Error ? cause.cause : undefined
  ) {
    seen.add(cause);
    if (causes.length === maxCauses) return [...causes, '...'];
    const message =
      cause instanceof Error ? cause.message || cause.name : typeof cause === 'string' ? cause : '';
    causes.push([codeOf(cause), message].filter(Boolean).join(': ') || typeof cause);
  }
  return causes;
}
