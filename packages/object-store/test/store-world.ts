import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFaultProxy, startS3, type FaultProxy, type RunningS3 } from '@stateful/images';
import { createObjectStore, type ObjectStore, type ObjectStoreOptions } from '../src/index.ts';

export const bucket = 'backups';

/** A real store, and a proxy before it that makes trouble. */
export interface StoreWorld {
  readonly s3: RunningS3;
  readonly proxy: FaultProxy;
  /** Past the proxy, over TLS. */
  readonly direct: ObjectStore;
  /** Through the proxy. */
  readonly troubled: ObjectStore;
  open(options?: Partial<ObjectStoreOptions>, endpoint?: string): ObjectStore;
  stop(): Promise<void>;
}

export async function startStoreWorld(): Promise<StoreWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'stateful-object-store-'));
  const s3 = await startS3({ dir, buckets: [bucket] });
  const proxy = await startFaultProxy(s3);
  const open: StoreWorld['open'] = (options = {}, endpoint = s3.endpoint) =>
    createObjectStore({
      location: {
        bucket,
        region: s3.region,
        endpoint,
        caPem: s3.caPem,
        credentials: () => Promise.resolve({ accessKeyId: s3.accessKey, secretAccessKey: s3.secretKey }),
      },
      retry: { attempts: 4, baseMs: 5, maxMs: 50 },
      ...options,
    });
  const direct = open();
  const troubled = open({}, proxy.endpoint);
  return {
    s3,
    proxy,
    direct,
    troubled,
    open,
    async stop() {
      direct.close();
      troubled.close();
      await proxy.stop();
      await s3.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Bytes that are the same for the same seed, in pieces as etcd sends them. */
export async function* pieces(sizeBytes: number, pieceSize = 32 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < sizeBytes; at += pieceSize) {
    const piece = Buffer.allocUnsafe(Math.min(pieceSize, sizeBytes - at)).fill((at / pieceSize) % 251);
    await Promise.resolve();
    yield piece;
  }
}

export async function whole(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of source) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of source) found.push(one);
  return found;
}

export async function openUploads(store: ObjectStore): Promise<number> {
  return (await all(store.listUploads(''))).length;
}
