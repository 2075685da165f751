import { type Lease } from '../../src/client/resource.ts';
import { OperatorError } from '../../src/errors/index.ts';

/** One Lease with the API server's preconditions. */
export interface LeaseStore {
  get(): Lease | undefined;
  /** Creates without a resourceVersion, replaces with one. Throws as the server refuses. */
  put(lease: Lease): Lease;
  delete(): void;
}

export function createLeaseStore(): LeaseStore {
  let stored: Lease | undefined;
  let version = 0;
  return {
    get: () => stored,
    put(lease) {
      const expected = lease.metadata?.resourceVersion;
      if (expected === undefined && stored)
        throw new OperatorError('already-exists', 'it exists', { httpStatus: 409 });
      if (expected !== undefined && !stored)
        throw new OperatorError('not-found', 'it is gone', { httpStatus: 404 });
      if (expected !== undefined && stored?.metadata?.resourceVersion !== expected)
        throw new OperatorError('conflict', 'it has changed', { httpStatus: 409 });
      stored = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(++version) } };
      return stored;
    },
    delete: () => void (stored = undefined),
  };
}
