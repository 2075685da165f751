import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { message } from '../client/wire.ts';

/** One change of a transaction; each gets a revision of its own within it. */
export type Change =
  | { readonly put: string; readonly value: string | Uint8Array }
  | { readonly remove: string; readonly end?: string };

/** The part of a client that writes; the operator has none. */
export interface Writer {
  put(key: string, value: string | Uint8Array, lease?: number): Promise<void>;
  /** The key, or all keys from it to before `end`. */
  remove(key: string, end?: string): Promise<void>;
  change(changes: readonly Change[]): Promise<void>;
  compact(revision: number): Promise<void>;
  grantLease(id: number, seconds: number): Promise<void>;
  revokeLease(id: number): Promise<void>;
  /** Makes a user `root` and switches sign-in on: after it this writer is refused. */
  enableAuth(password: string): Promise<void>;
  close(): void;
}

export function openWriter(endpoint: string): Writer {
  const client = new Client(new URL(endpoint).host, credentials.createInsecure());
  const call = (path: string, request: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/etcdserverpb.${path}`,
        (bytes: Buffer) => bytes,
        (bytes) => bytes,
        request,
        new Metadata(),
        { deadline: Date.now() + 10_000 },
        (error) => (error ? reject(error) : resolve()),
      );
    });
  const putOf = (key: string, value: string | Uint8Array, lease = 0): Buffer =>
    message({ 1: key, 2: value, 3: lease });
  const removeOf = (key: string, end = ''): Buffer => message({ 1: key, 2: end });
  return {
    put: (key, value, lease) => call('KV/Put', putOf(key, value, lease)),
    remove: (key, end) => call('KV/DeleteRange', removeOf(key, end)),
    change: (changes) =>
      call(
        'KV/Txn',
        Buffer.concat(
          changes.map((change) =>
            message({
              2: message(
                'put' in change
                  ? { 2: putOf(change.put, change.value) }
                  : { 3: removeOf(change.remove, change.end) },
              ),
            }),
          ),
        ),
      ),
    compact: (revision) => call('KV/Compact', message({ 1: revision, 2: true })),
    grantLease: (id, seconds) => call('Lease/LeaseGrant', message({ 1: seconds, 2: id })),
    revokeLease: (id) => call('Lease/LeaseRevoke', message({ 1: id })),
    async enableAuth(password) {
      await call('Auth/UserAdd', message({ 1: 'root', 2: password }));
      await call('Auth/RoleAdd', message({ 1: 'root' }));
      await call('Auth/UserGrantRole', message({ 1: 'root', 2: 'root' }));
      await call('Auth/AuthEnable', Buffer.alloc(0));
    },
    close: () => client.close(),
  };
}
