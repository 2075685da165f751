import { OperatorError, type ErrorCode } from '@stateful/reconcile-sdk';

/** What went wrong with a store, as a stable word. The closed list. */
export type StoreErrorCode =
  /** No such object or upload. */
  | 'NotFound'
  | 'NoSuchUpload'
  | 'NoSuchBucket'
  /** Signed well, but not allowed. */
  | 'AccessDenied'
  /** The key is unknown, its signature wrong, or it has expired. */
  | 'BadCredentials'
  /** If-None-Match or If-Match did not hold. */
  | 'PreconditionFailed'
  /** Somebody else was writing at the same moment. */
  | 'Conflict'
  /** What arrived is not what was sent. */
  | 'BadDigest'
  | 'SlowDown'
  | 'Unavailable'
  | 'Network'
  | 'Timeout'
  | 'Aborted'
  /** The store cannot do that. */
  | 'NotSupported'
  | 'BadRequest';

const sdkCodes: Record<StoreErrorCode, ErrorCode> = {
  NotFound: 'not-found',
  NoSuchUpload: 'not-found',
  NoSuchBucket: 'not-found',
  AccessDenied: 'forbidden',
  BadCredentials: 'unauthorized',
  PreconditionFailed: 'already-exists',
  Conflict: 'conflict',
  BadDigest: 'bad-response',
  SlowDown: 'throttled',
  Unavailable: 'unavailable',
  Network: 'network',
  Timeout: 'timeout',
  Aborted: 'aborted',
  NotSupported: 'bad-configuration',
  BadRequest: 'invalid',
};

/** Another try of the very same request may help. */
const passing: ReadonlySet<StoreErrorCode> = new Set([
  'SlowDown',
  'Unavailable',
  'Network',
  'Timeout',
  'BadDigest',
]);

/** An error of a store: which request, of what, and what to do. Its cause is the client's error. */
export class ObjectStoreError extends OperatorError {
  readonly storeCode: StoreErrorCode;
  /** The right that the request needs, such as `s3:PutObject`. */
  readonly permission: string | undefined;

  constructor(
    storeCode: StoreErrorCode,
    message: string,
    details: { cause?: unknown; permission?: string; httpStatus?: number; retryAfterMs?: number } = {},
  ) {
    super(sdkCodes[storeCode], message, details);
    this.storeCode = storeCode;
    this.permission = details.permission;
  }

  /** Whether the same request may be made again at once. */
  get isPassing(): boolean {
    return passing.has(this.storeCode);
  }
}

export const hasStoreCode = (error: unknown, ...codes: readonly StoreErrorCode[]): boolean =>
  error instanceof ObjectStoreError && codes.includes(error.storeCode);
