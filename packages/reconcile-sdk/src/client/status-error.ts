import { OperatorError, type ErrorCode } from '../errors/index.ts';

/** The part of Kubernetes' Status that errors are made from. */
export interface KubeStatus {
  message?: string;
  reason?: string;
  details?: { retryAfterSeconds?: number };
}

/** An API server's Status as an OperatorError; also for the Status that a watch delivers as an event. */
export function errorFromStatus(
  httpStatus: number,
  status: KubeStatus,
  what: string,
  retryAfterSeconds: number | undefined = status.details?.retryAfterSeconds,
): OperatorError {
  const detail = status.message || `HTTP ${httpStatus}`;
  return new OperatorError(codeOf(httpStatus, status.reason), `${what}: ${detail}`, {
    httpStatus,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterMs: retryAfterSeconds * 1000 }),
  });
}

/** The error of an answer that is not a 2xx; `text` is its body, a Status or what a proxy wrote. */
export function errorFromAnswer(
  httpStatus: number,
  text: string,
  retryAfter: string | undefined,
  now: number,
  what: string,
): OperatorError {
  const status = parseStatus(text);
  const seconds = status.details?.retryAfterSeconds ?? parseRetryAfter(retryAfter, now);
  return errorFromStatus(httpStatus, status, what, seconds);
}

/** `Retry-After` in seconds from now, whether it came as seconds or as a date; undefined when it is neither. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text);
  // Date.parse takes almost anything; only what starts as an HTTP date is one.
  const at = /^[A-Z][a-z]{2,}, /.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000));
}

function parseStatus(text: string): KubeStatus {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Not the API server's own words: a load balancer's page, or plain text.
  }
  return { message: text.trim().slice(0, 500) };
}

function codeOf(httpStatus: number, reason: string | undefined): ErrorCode {
  if (reason === 'AlreadyExists') return 'already-exists';
  switch (httpStatus) {
    case 400:
    case 405:
    case 406:
    case 415:
    case 422:
      return 'invalid';
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 409:
      return 'conflict';
    case 410:
      return 'gone';
    case 429:
      return 'throttled';
    case 504:
      return 'timeout';
    default:
      return httpStatus >= 500 ? 'unavailable' : 'bad-response';
  }
}
