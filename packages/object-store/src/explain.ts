import { ObjectStoreError, type StoreErrorCode } from './store-error.ts';

/** One request, for people and for what to grant. */
export interface About {
  /** As in an IAM policy. */
  readonly permission: string;
  readonly bucket: string;
  readonly key?: string;
}

/** What the AWS client throws, as far as it matters. */
interface ClientError {
  readonly name?: string;
  readonly Code?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Record<string, string> };
}

const byName: Record<string, StoreErrorCode> = {
  NoSuchKey: 'NotFound',
  NotFound: 'NotFound',
  NoSuchUpload: 'NoSuchUpload',
  NoSuchBucket: 'NoSuchBucket',
  AccessDenied: 'AccessDenied',
  AllAccessDisabled: 'AccessDenied',
  InvalidAccessKeyId: 'BadCredentials',
  SignatureDoesNotMatch: 'BadCredentials',
  ExpiredToken: 'BadCredentials',
  InvalidToken: 'BadCredentials',
  TokenRefreshRequired: 'BadCredentials',
  CredentialsProviderError: 'BadCredentials',
  PreconditionFailed: 'PreconditionFailed',
  ConditionalRequestConflict: 'Conflict',
  OperationAborted: 'Conflict',
  BadDigest: 'BadDigest',
  XAmzContentSHA256Mismatch: 'BadDigest',
  XAmzContentChecksumMismatch: 'BadDigest',
  InvalidDigest: 'BadDigest',
  IncompleteBody: 'Network',
  SlowDown: 'SlowDown',
  TooManyRequestsException: 'SlowDown',
  ThrottlingException: 'SlowDown',
  RequestTimeout: 'Timeout',
  TimeoutError: 'Timeout',
  AbortError: 'Aborted',
  NotImplemented: 'NotSupported',
  MethodNotAllowed: 'NotSupported',
  ECONNRESET: 'Network',
  ECONNREFUSED: 'Network',
  EPIPE: 'Network',
  ENOTFOUND: 'Network',
  EAI_AGAIN: 'Network',
  ETIMEDOUT: 'Timeout',
};

const byStatus = (status: number | undefined): StoreErrorCode => {
  if (status === undefined) return 'Network';
  if (status === 401) return 'BadCredentials';
  if (status === 403) return 'AccessDenied';
  if (status === 404) return 'NotFound';
  if (status === 409) return 'Conflict';
  if (status === 412) return 'PreconditionFailed';
  if (status === 429) return 'SlowDown';
  if (status === 501) return 'NotSupported';
  return status >= 500 ? 'Unavailable' : 'BadRequest';
};

/** What the client threw, in words of ours. Pure. */
export function explain(error: unknown, about: About): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error;
  const { name, Code, code, message, $metadata, $response } = (error ?? {}) as ClientError;
  const status = $metadata?.httpStatusCode;
  const storeCode = byName[Code ?? ''] ?? byName[code ?? ''] ?? byName[name ?? ''] ?? byStatus(status);
  const retryAfter = Number($response?.headers?.['retry-after']);
  return new ObjectStoreError(storeCode, textOf(storeCode, about, message), {
    cause: error,
    permission: about.permission,
    ...(status === undefined ? {} : { httpStatus: status }),
    ...(retryAfter > 0 ? { retryAfterMs: retryAfter * 1000 } : {}),
  });
}

function textOf(code: StoreErrorCode, { permission, bucket, key }: About, detail = ''): string {
  const place = key === undefined ? `bucket ${bucket}` : `s3://${bucket}/${key}`;
  const resource = isOfBucket(permission) ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/*`;
  switch (code) {
    case 'AccessDenied':
      return `${permission} on ${place} is not allowed: grant ${permission} on ${resource} to the identity of this store`;
    case 'BadCredentials':
      return `the store does not accept the credentials for ${place} (${detail}): check the Secret or the identity of the pod, and whether they have expired`;
    case 'NoSuchBucket':
      return `there is no bucket ${bucket}: create it, or correct the name or the endpoint`;
    case 'NotSupported':
      return `the store cannot do ${permission} as asked on ${place} (${detail})`;
    default:
      return `${permission} on ${place}: ${detail || code}`;
  }
}

const isOfBucket = (permission: string): boolean => /^s3:(List|Get)Bucket/.test(permission);
