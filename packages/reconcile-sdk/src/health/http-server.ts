import type { Server } from 'node:http';
import { OperatorError } from '../errors/index.ts';

// An import of node:http reads all its exports, and one of them loads a second HTTP client: 3 MB and more.
const { createServer } = process.getBuiltinModule('node:http');

/** What is answered. */
export interface HttpAnswer {
  status: number;
  contentType?: string;
  body: string;
}

/** What a route is told. */
export interface HttpRequestFacts {
  /** What stood for `*` at the end of the route, decoded, without the leading slash. */
  rest: string;
  query: URLSearchParams;
}

/** Answers one path. */
export type Route = (request: HttpRequestFacts) => HttpAnswer | Promise<HttpAnswer>;

/** Where to listen, and what to answer. */
export interface ServeOptions {
  /** `:8080` or `127.0.0.1:8080`; port 0 takes a free one. */
  address: string;
  /** By path; one that ends in `/*` takes all below it. */
  routes: Readonly<Record<string, Route>>;
}

/** A server that listens. */
export interface RunningServer {
  /** The port that is listened on. */
  port: number;
  close(): Promise<void>;
}

/** A small server for GET requests without bodies: metrics, probes, explanations. */
export async function serve({ address, routes }: ServeOptions): Promise<RunningServer> {
  const match = /^(.*):(\d+)$/.exec(address);
  if (!match) throw new OperatorError('bad-configuration', `"${address}" is not an address such as :8080`);
  const server = createServer((request, response) => {
    const answer = async (): Promise<HttpAnswer> => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, body: 'only GET\n' };
      const found = findRoute(routes, request.url ?? '/');
      return found ? found.route(found.facts) : { status: 404, body: 'not found\n' };
    };
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

function findRoute(
  routes: ServeOptions['routes'],
  url: string,
): { route: Route; facts: HttpRequestFacts } | undefined {
  const { pathname, searchParams: query } = new URL(url, 'http://localhost');
  const exact = routes[pathname];
  if (exact) return { route: exact, facts: { rest: '', query } };
  for (const [path, route] of Object.entries(routes)) {
    if (!path.endsWith('/*') || !`${pathname}/`.startsWith(path.slice(0, -1))) continue;
    return { route, facts: { rest: decodeURIComponent(pathname.slice(path.length - 1)), query } };
  }
  return undefined;
}

function listen(server: Server, port: number, host: string | undefined, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new OperatorError('bad-configuration', `cannot listen on ${address}`, { cause })),
    );
    server.listen({ port, ...(host ? { host } : {}) }, () => resolve());
  });
}
