import { createServer, type Server } from 'node:https';
import { type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import {
  connect as connectTcp,
  createServer as createTcpServer,
  type AddressInfo,
  type Socket,
} from 'node:net';
import { type TLSSocket } from 'node:tls';
import { systemRandom, type Clock } from '../src/clock/index.ts';
import {
  createTransport,
  type CallRecord,
  type ClusterConfig,
  type HttpRequest,
  type HttpTransport,
  type TransportOptions,
} from '../src/client/index.ts';
import { systemClock } from '../src/clock/index.ts';
import { issueAuthority, issueServing, type KeyPair } from '../src/webhook/certificates/issue.ts';

const now = Date.now();
const validity = { notBefore: now - 60_000, notAfter: now + 3_600_000 };

export const newAuthority = (): KeyPair => issueAuthority('test', validity);
export const newCertificate = (authority: KeyPair): KeyPair =>
  issueServing(authority, ['127.0.0.1', 'localhost'], validity);

export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  /** Names and values as they came, one line after another. */
  rawHeaders: string[];
  body: string;
  socket: TLSSocket;
}

/** A TLS server whose answers a test writes, and which counts what connects to it. */
export interface ServerDouble {
  readonly authority: KeyPair;
  readonly port: number;
  /** Trusts the server, shows nothing of oneself. */
  readonly config: ClusterConfig;
  readonly received: Received[];
  handshakes(): number;
  sockets(): ReadonlySet<Socket>;
  /** What the next requests get. */
  answerWith(answer: Answer): void;
  /** From now on shows a certificate of this authority. */
  useAuthority(authority: KeyPair): void;
  close(): Promise<void>;
}

export type Answer = (request: Received, response: ServerResponse) => void;

export const json = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

export async function startServerDouble(
  answer: Answer = (_, response) => json(response, {}),
): Promise<ServerDouble> {
  let current = answer;
  let handshakes = 0;
  const authority = newAuthority();
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const own = newCertificate(authority);
  const server: Server = createServer(
    { cert: own.certPem, key: own.keyPem, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('error', () => undefined);
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const call: Received = {
          method: request.method ?? '',
          url: request.url ?? '',
          headers: request.headers,
          rawHeaders: request.rawHeaders,
          body: Buffer.concat(chunks).toString('utf8'),
          socket: request.socket as TLSSocket,
        };
        received.push(call);
        current(call, response);
      });
    },
  );
  server.keepAliveTimeout = 0;
  server.on('secureConnection', () => handshakes++);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    authority,
    port,
    config: { server: `https://127.0.0.1:${port}`, ca: authority.certPem, namespace: 'default' },
    received,
    handshakes: () => handshakes,
    sockets: () => sockets,
    answerWith: (next) => void (current = next),
    useAuthority(next) {
      const certificate = newCertificate(next);
      server.setSecureContext({ cert: certificate.certPem, key: certificate.keyPem });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A transport with what tests always give it, and what it told. */
export function transportTo(
  config: ClusterConfig,
  options: Partial<TransportOptions> & { clock?: Clock } = {},
): { transport: HttpTransport; calls: CallRecord[] } {
  const calls: CallRecord[] = [];
  const transport = createTransport({
    config,
    clock: systemClock,
    random: systemRandom,
    userAgent: 'test',
    onCall: (call) => void calls.push(call),
    ...options,
  });
  return { transport, calls };
}

export const get = (path: string, options: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  path,
  idempotent: true,
  timeoutMs: 5_000,
  what: `get ${path}`,
  ...options,
});

export const post = (path: string, options: Partial<HttpRequest> = {}): HttpRequest => ({
  ...get(path),
  method: 'POST',
  idempotent: false,
  body: { a: 1 },
  what: `create ${path}`,
  ...options,
});

/** A TCP relay to the server that can stop reading from its clients, so that their kernels have to hold what they send. */
export interface Relay {
  readonly port: number;
  hold(): void;
  /** Reads on; resolves when all clients' connections have ended. */
  release(): Promise<void>;
  close(): Promise<void>;
}

export async function startRelay(targetPort: number): Promise<Relay> {
  const clients = new Map<Socket, Socket>();
  const server = createTcpServer((client) => {
    const upstream = connectTcp({ host: '127.0.0.1', port: targetPort });
    clients.set(client, upstream);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => undefined);
      one.once('close', () => other.destroy());
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hold() {
      for (const [client, upstream] of clients) client.unpipe(upstream).pause();
    },
    async release() {
      const ended = [...clients].map(([client, upstream]) => {
        client.pipe(upstream);
        return new Promise<void>((resolve) =>
          upstream.destroyed ? resolve() : upstream.once('close', () => resolve()),
        );
      });
      await Promise.all(ended);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of clients.keys()) client.destroy();
      }),
  };
}
