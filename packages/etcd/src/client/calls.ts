import { status as grpcStatus } from '@grpc/grpc-js';
import { OperatorError, type ErrorCode } from '@stateful/reconcile-sdk';

/** Bytes on their way at a time. Node's 64 KiB would bound a stream to 6.5 MB/s at 10 ms round trip; this, to 400. */
export const windowBytes = 4 * 1024 * 1024;

const codes: Partial<Record<grpcStatus, ErrorCode>> = {
  [grpcStatus.DEADLINE_EXCEEDED]: 'timeout',
  [grpcStatus.UNAVAILABLE]: 'unavailable',
  [grpcStatus.CANCELLED]: 'aborted',
  [grpcStatus.PERMISSION_DENIED]: 'forbidden',
  [grpcStatus.UNAUTHENTICATED]: 'unauthorized',
  [grpcStatus.RESOURCE_EXHAUSTED]: 'throttled',
  [grpcStatus.OUT_OF_RANGE]: 'gone',
};

/** What went wrong with a call, in words for people. `error`: as grpc-js throws it, `code` and `details`. */
export function explained(endpoint: string, path: string, error: unknown): OperatorError {
  if (error instanceof OperatorError) return error;
  const { code, details } = error as { code?: grpcStatus; details?: string };
  return new OperatorError(
    codes[code as grpcStatus] ?? 'bad-response',
    `etcd at ${endpoint} answered ${path.split('/').at(-1)} with ${grpcStatus[code as grpcStatus] ?? 'an error'}: ${details ?? String(error)}`,
    { cause: error },
  );
}
