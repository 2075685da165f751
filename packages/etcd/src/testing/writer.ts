import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { message } from '../client/wire.ts';

/** The part of a client that writes; the operator has none. */
export interface Writer {
  put(key: string, value: string | Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
  compact(revision: number): Promise<void>;
  close(): void;
}

export function openWriter(endpoint: string): Writer {
  const client = new Client(new URL(endpoint).host, credentials.createInsecure());
  const call = (path: string, request: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/etcdserverpb.KV/${path}`,
        (bytes: Buffer) => bytes,
        (bytes) => bytes,
        request,
        new Metadata(),
        { deadline: Date.now() + 10_000 },
        (error) => (error ? reject(error) : resolve()),
      );
    });
  return {
    put: (key, value) => call('Put', message({ 1: key, 2: value })),
    remove: (key) => call('DeleteRange', message({ 1: key })),
    compact: (revision) => call('Compact', message({ 1: revision, 2: true })),
    close: () => client.close(),
  };
}
