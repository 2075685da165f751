import { type TraceLink } from '../tracing/index.ts';

/** Why a key is looked at. */
export interface Cause {
  /** For people: `spec changed`, `Pod pg-0 deleted`, `planned`. Causes with the same text are one. */
  readonly text: string;
  /** The span in which it arose, if one was recorded. */
  readonly link?: TraceLink;
  /** Of the object whose change it is, so that the echo of an own write can be told from a change. */
  readonly resourceVersion?: string;
  /** When the change came from the API server, on the monotonic clock in milliseconds. */
  readonly receivedAt?: number;
}

/** Causes kept for one key: enough for a person, and bounded. The first ones are kept, they began it. */
export const maxCauses = 10;

/** Adds to `causes` what is new in `cause`. */
export function mergeCause(causes: Map<string, Cause>, cause: Cause): void {
  if (causes.has(cause.text) || causes.size < maxCauses) causes.set(cause.text, cause);
}
