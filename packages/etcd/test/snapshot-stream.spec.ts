import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createTestCertificate } from '@stateful/images';
import { systemClock } from '@stateful/reconcile-sdk';
import { openMember, type EtcdAccess } from '../src/index.ts';
import { message } from '../src/client/wire.ts';

const framed = (blob: Buffer, remaining: number): Buffer => {
  const body = message({ 2: remaining, 3: blob });
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
};
const headers = { ':status': 200, 'content-type': 'application/grpc' };
const mebibyte = 1024 * 1024;

describe('the stream of a snapshot', () => {
  let server: Http2Server | undefined;
  const sessions = new Set<{ destroy(): void }>();
  afterEach(async () => {
    for (const session of sessions) session.destroy();
    sessions.clear();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    server = undefined;
  });

  async function serve(onStream: (stream: ServerHttp2Stream) => void, tls?: object): Promise<string> {
    server = tls ? createSecureServer(tls) : createServer();
    server.on('session', (session) => {
      sessions.add(session);
      session.on('error', () => undefined);
    });
    server.on('stream', (stream) => {
      stream.on('error', () => undefined);
      stream.resume();
      onStream(stream);
    });
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
  }
  async function read(
    endpoint: string,
    options: { access?: EtcdAccess; idleMs?: number; signal?: AbortSignal } = {},
  ) {
    const member = openMember(endpoint, options.access ?? {}, systemClock);
    const found = { bytes: 0, remaining: -1 };
    try {
      const { signal, idleMs = 5_000 } = options;
      for await (const piece of member.snapshot({ idleMs, ...(signal ? { signal } : {}) })) {
        found.bytes += piece.blob.length;
        found.remaining = piece.remainingBytes;
      }
    } finally {
      member.close();
    }
    return found;
  }
  const whole = (stream: ServerHttp2Stream): void => {
    stream.respond(headers, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    for (let left = 3; left >= 0; left--) stream.write(framed(Buffer.alloc(mebibyte, left), left * mebibyte));
    stream.end();
  };

  it('is read whole', async () => {
    expect(await read(await serve(whole))).toEqual({ bytes: 4 * mebibyte, remaining: 0 });
  });

  it('is read over TLS, by the name that is given, and from nobody else', async () => {
    const { certPem, keyPem, caPem } = await createTestCertificate(['etcd.example']);
    const endpoint = await serve(whole, { cert: certPem, key: keyPem });
    expect(await read(endpoint, { access: { tls: { caPem, serverName: 'etcd.example' } } })).toMatchObject({
      remaining: 0,
    });
    await expect(read(endpoint, { access: { tls: { caPem } } })).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(read(endpoint, { access: { tls: { serverName: 'etcd.example' } } })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it.each([
    ['7', 'forbidden'],
    ['16', 'unauthorized'],
    ['14', 'unavailable'],
  ])('ends with what etcd answers instead: status %s', async (status, code) => {
    const endpoint = await serve((stream) =>
      stream.respond({ ...headers, 'grpc-status': status, 'grpc-message': 'not%20now' }, { endStream: true }),
    );
    await expect(read(endpoint)).rejects.toMatchObject({ code, message: expect.stringContaining('not now') });
  });

  it.each([
    ['the connection is lost', (stream: ServerHttp2Stream) => stream.session?.destroy()],
    ['the stream is reset', (stream: ServerHttp2Stream) => stream.close(2)],
    ['it ends without a verdict', (stream: ServerHttp2Stream) => stream.end()],
  ])('is known to be broken off when %s', async (_, end) => {
    const endpoint = await serve((stream) => {
      stream.respond(headers);
      stream.write(framed(Buffer.alloc(mebibyte), mebibyte), () => setTimeout(() => end(stream), 50));
    });
    await expect(read(endpoint)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('ends when nothing comes, or when it is called off', async () => {
    const endpoint = await serve((stream) => {
      stream.respond(headers);
      stream.write(framed(Buffer.alloc(mebibyte), mebibyte));
    });
    await expect(read(endpoint, { idleMs: 200 })).rejects.toMatchObject({ code: 'timeout' });
    await expect(read(endpoint, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    await expect(read('http://127.0.0.1:1')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('holds the member back while nobody reads', async () => {
    let sent = 0;
    const endpoint = await serve((stream) => {
      stream.respond(headers);
      const more = (): void => {
        if (stream.destroyed) return;
        stream.write(framed(Buffer.alloc(mebibyte), 1), () => {
          sent++;
          more();
        });
      };
      more();
    });
    const member = openMember(endpoint, {}, systemClock);
    const snapshot = member.snapshot({ idleMs: 5_000 });
    await snapshot.next();
    await new Promise((resolve) => setTimeout(resolve, 500));
    // The window is 4 MiB, and what lies in sockets comes on top.
    expect(sent).toBeLessThan(24);
    const before = sent;
    for (let count = 0; count < 200; count++) await snapshot.next();
    expect(sent).toBeGreaterThan(before);
    await snapshot.return(undefined);
    member.close();
  });
});
