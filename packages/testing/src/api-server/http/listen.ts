import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { readBody } from './body.ts';
import { type ApiAnswer, type ApiRequest, type ApiWatch } from '../exchange.ts';

/** Where the server is heard. */
export interface Listening {
  /** `http://127.0.0.1:PORT`, or `https:` with TLS: for `kubectl --server` and the like. */
  url: string;
  close(): Promise<void>;
}

export interface ListenOptions {
  answer: (request: ApiRequest) => Promise<ApiAnswer>;
  watch: (request: ApiRequest) => Promise<ApiAnswer | ApiWatch>;
  /** Default: any that is free. */
  port?: number;
  tls?: TlsCertificate;
}

/** A certificate that speaks for `127.0.0.1`, and its key, in PEM. */
export interface TlsCertificate {
  certPem: string;
  keyPem: string;
}

/**
 * Serves the API on the loopback address: for command-line tools in tests. Who shows no token is an administrator;
 * clients show theirs only over TLS.
 */
export async function listen({ answer: answerTo, watch, port = 0, tls }: ListenOptions): Promise<Listening> {
  const onRequest: RequestListener = (incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error));
  };
  const server = tls
    ? process.getBuiltinModule('node:https').createServer({ cert: tls.certPem, key: tls.keyPem }, onRequest)
    : process.getBuiltinModule('node:http').createServer(onRequest);

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const path = incoming.url ?? '/';
    const request = await requestOf(incoming, path);
    if ('problem' in request) {
      send(outgoing, unreadable(request.problem));
      return;
    }
    if (!/[?&]watch=(true|1)/.test(path)) {
      send(outgoing, await answerTo(request));
      return;
    }
    const answer = await watch(request);
    if ('status' in answer) send(outgoing, answer);
    else stream(outgoing, answer);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const unreadable = (problem: string): ApiAnswer => ({
  status: 415,
  body: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `the body of the request was in an unknown format - accepted media types include: application/json: ${problem}`,
    reason: 'UnsupportedMediaType',
    code: 415,
  },
});

async function requestOf(incoming: IncomingMessage, path: string): Promise<ApiRequest | { problem: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = readBody(Buffer.concat(chunks));
  if ('problem' in body) return body;
  const { 'content-type': contentType, accept, 'user-agent': userAgent } = incoming.headers;
  const user = incoming.headers['impersonate-user'];
  const token = /^Bearer (.+)$/.exec(incoming.headers.authorization ?? '')?.[1];
  return {
    ...(token ? { token } : {}),
    ...(typeof user === 'string' ? { impersonate: { user, ...groupsOf(incoming) } } : {}),
    method: incoming.method as ApiRequest['method'],
    path,
    ...(contentType ? { contentType } : {}),
    ...(accept ? { accept } : {}),
    ...(userAgent ? { userAgent } : {}),
    ...(body.value === undefined ? {} : { body: body.value }),
  };
}

function groupsOf({ headersDistinct }: IncomingMessage): { groups?: string[] } {
  const groups = headersDistinct['impersonate-group'];
  return groups ? { groups } : {};
}

function send(outgoing: ServerResponse, { status, body, headers, warnings }: ApiAnswer): void {
  const isText = typeof body === 'string';
  const contentType = isText ? 'text/plain; charset=utf-8' : 'application/json';
  outgoing.writeHead(status, {
    'content-type': contentType,
    ...headers,
    ...(warnings ? { warning: warnings.join(', ') } : {}),
  });
  outgoing.end(isText ? body : JSON.stringify(body));
}

function stream(outgoing: ServerResponse, watch: ApiWatch): void {
  outgoing.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
  outgoing.flushHeaders();
  watch.onEvent((event) => outgoing.write(`${JSON.stringify(event)}\n`));
  watch.onEnd(() => outgoing.end());
  outgoing.on('close', () => watch.stop());
}
