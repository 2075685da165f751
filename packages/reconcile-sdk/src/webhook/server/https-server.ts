import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { type Clock } from '../../clock/index.ts';
import { OperatorError } from '../../errors/index.ts';
import { type WebhookLimits } from './limits.ts';

export interface HttpsServer {
  /** New connections get this certificate; those that are open go on. */
  use(pair: { certPem: string; keyPem: string }): void;
  /** Resolves once connections are accepted. `:9443` or `127.0.0.1:0`. */
  listen(address: string): Promise<void>;
  /** The port that is listened on. */
  port(): number | undefined;
  /** Accepts nothing new, lets what is under way end for `graceMs`, then cuts the rest. */
  close(graceMs: number): Promise<void>;
}

const statusOf: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

/** When closing, for a request that is on its way on a connection without one. */
const unusedMs = 500;

/** HTTPS over HTTP/1.1, the way the API server keeps its connections to webhooks, within limits. */
export function createHttpsServer(options: {
  handle: (request: IncomingMessage, response: ServerResponse) => void;
  limits: WebhookLimits;
  clock: Clock;
  /** A connection ended before it brought a request: `tls` or `http`. */
  onBroken?: (layer: 'tls' | 'http') => void;
}): HttpsServer {
  const { limits, clock } = options;
  const server = createServer(
    {
      minVersion: 'TLSv1.2',
      handshakeTimeout: limits.headersMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      maxHeaderSize: 16_384,
    },
    options.handle,
  );
  server.maxConnections = limits.connections;
  server.maxRequestsPerSocket = limits.requestsPerConnection;
  // Node counts only connections that have got through TLS as the HTTP server's own.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const busy = new Set<Socket>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    busy.add(request.socket);
    response.once('close', () => busy.delete(request.socket));
  });
  const secured = new Set<Socket>();
  server.on('secureConnection', (socket) => {
    secured.add(socket);
    socket.once('close', () => secured.delete(socket));
  });
  server.on('tlsClientError', (_, socket) => {
    options.onBroken?.('tls');
    socket.destroy();
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A failed handshake comes by here too, and has no way to say anything.
    if (!socket.writable || /^(ERR_SSL|ERR_TLS|ECONN|EPROTO)/.test(error.code ?? ''))
      return void socket.destroy();
    options.onBroken?.('http');
    const status = statusOf[error.code ?? ''] ?? '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () =>
      socket.destroy(),
    );
  });
  return {
    use: ({ certPem, keyPem }) =>
      server.setSecureContext({ cert: certPem, key: keyPem, minVersion: 'TLSv1.2' }),
    port() {
      const bound = server.address();
      return typeof bound === 'object' && bound !== null ? bound.port : undefined;
    },
    listen(address) {
      const match = /^(.*):(\d+)$/.exec(address);
      if (!match)
        throw new OperatorError('bad-configuration', `"${address}" is not an address such as :9443`);
      const host = match[1]?.replace(/^\[(.*)\]$/, '$1');
      return new Promise((resolve, reject) => {
        server.once('error', (cause) =>
          reject(new OperatorError('bad-configuration', `cannot listen on ${address}`, { cause })),
        );
        server.listen({ port: Number(match[2]), ...(host ? { host } : {}) }, resolve);
      });
    },
    close: (graceMs) =>
      new Promise((resolve) => {
        if (!server.listening) return resolve();
        // Connections that were opened in advance and never used are idle too, though not to Node.
        const timers = [
          clock.setTimer(Math.min(unusedMs, graceMs), () =>
            secured.forEach((socket) => void (busy.has(socket) || socket.destroy())),
          ),
          clock.setTimer(graceMs, () => sockets.forEach((socket) => socket.destroy())),
        ];
        server.close(() => {
          timers.forEach((timer) => timer.cancel());
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
