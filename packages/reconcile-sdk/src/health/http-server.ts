import { createServer, type Server } from 'node:http';
import { OperatorError } from '../errors/index.ts';

export interface HttpAnswer {
  status: number;
  contentType?: string;
  body: string;
}

export interface ServeOptions {
  /** `:8080` or `127.0.0.1:8080`; port 0 takes a free one. */
  address: string;
  routes: Record<string, () => HttpAnswer | Promise<HttpAnswer>>;
}

export interface RunningServer {
  /** The port that is listened on. */
  port: number;
  close(): Promise<void>;
}

/** A small server for GET requests without bodies: metrics and probes. */
export async function serve({ address, routes }: ServeOptions): Promise<RunningServer> {
  const match = /^(.*):(\d+)$/.exec(address);
  if (!match) throw new OperatorError('bad-configuration', `"${address}" is not an address such as :8080`);
  const server = createServer((request, response) => {
    const route = routes[(request.url ?? '/').split('?')[0] ?? '/'];
    const answer = async (): Promise<HttpAnswer> =>
      route && (request.method === 'GET' || request.method === 'HEAD')
        ? route()
        : { status: 404, body: 'not found\n' };
    answer()
      .catch((error: unknown): HttpAnswer => ({ status: 500, body: `${String(error)}\n` }))
      .then(
        (result) => {
          response.writeHead(result.status, {
            'content-type': result.contentType ?? 'text/plain; charset=utf-8',
          });
          response.end(request.method === 'HEAD' ? undefined : result.body);
        },
        () => response.destroy(),
      );
  });
  server.requestTimeout = 10_000;
  server.headersTimeout = 5_000;
  server.keepAliveTimeout = 5_000;
  await listen(server, Number(match[2]), match[1] || undefined, address);
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, host: string | undefined, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new OperatorError('bad-configuration', `cannot listen on ${address}`, { cause })),
    );
    server.listen({ port, ...(host ? { host } : {}) }, () => resolve());
  });
}
