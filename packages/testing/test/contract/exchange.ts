import { type IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { createCredentials, systemClock, type ClusterConfig } from '@stateful/reconcile-sdk';
import { type ApiAnswer, type ApiRequest } from '../../src/api-server/exchange.ts';
import { createWebhookServer, type ServedWebhook, type Webhook } from './webhook-server.ts';

/** One server as the contract sees it: whole answers, and lines of watches. */
export interface Exchange {
  ask(request: ApiRequest): Promise<ApiAnswer>;
  stream(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer | AsyncIterable<Buffer>>;
  /** Waits until the server has taken in what it was told, where it does so by and by; milliseconds. */
  settle(ms: number): Promise<void>;
  /** Serves a webhook under a path of its own. */
  serve(path: string, webhook: Webhook): Promise<ServedWebhook>;
  close(): void;
}

/** The real server, past the SDK's transport: it must see every answer as it is, errors and all. */
export async function realExchange(config: ClusterConfig): Promise<Exchange> {
  const agent = new Agent({ keepAlive: true });
  // Who shows a token shows no certificate: it would count first.
  const withoutCertificate = new Agent({ keepAlive: true });
  const webhooks = createWebhookServer();
  const { tls } = await createCredentials({ config, clock: systemClock }).current();
  function send(request: ApiRequest, signal?: AbortSignal): Promise<IncomingMessage> {
    const url = new URL(request.path, config.server);
    return new Promise((resolve, reject) => {
      const outgoing = httpsRequest(
        url,
        {
          method: request.method,
          agent: request.token === undefined ? agent : withoutCertificate,
          ...(tls.ca ? { ca: tls.ca } : {}),
          ...(request.token === undefined ? tls.clientCertificate : {}),
          headers: {
            ...identityHeaders(request),
            'user-agent': request.userAgent ?? 'contract',
            accept: request.accept ?? 'application/json',
            ...(request.body === undefined
              ? {}
              : {
                  'content-type': request.contentType ?? 'application/json',
                  // Node does not measure the body of a DELETE by itself.
                  'content-length': Buffer.byteLength(JSON.stringify(request.body)),
                }),
          },
          ...(signal ? { signal } : {}),
        },
        resolve,
      );
      outgoing.on('error', reject);
      outgoing.end(request.body === undefined ? undefined : JSON.stringify(request.body));
    });
  }
  async function bodyOf(response: IncomingMessage): Promise<unknown> {
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const whole = Buffer.concat(chunks);
    if (response.headers['content-type']?.includes('protobuf')) return whole.toString('base64');
    const text = whole.toString('utf8');
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  }
  return {
    settle: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    serve: webhooks.serve,
    close() {
      webhooks.close();
      agent.destroy();
      withoutCertificate.destroy();
    },
    async ask(request) {
      const response = await send(request);
      const warnings = response.headersDistinct['warning'];
      return {
        status: response.statusCode ?? 0,
        body: await bodyOf(response),
        ...(warnings ? { warnings } : {}),
      };
    },
    async stream(request, signal) {
      const response = await send(request, signal);
      if (response.statusCode === 200) return response as AsyncIterable<Buffer>;
      return { status: response.statusCode ?? 0, body: await bodyOf(response) };
    },
  };
}

const identityHeaders = ({ token, impersonate }: ApiRequest): Record<string, string | string[]> => ({
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  ...(impersonate
    ? {
        'impersonate-user': impersonate.user,
        ...(impersonate.uid ? { 'impersonate-uid': impersonate.uid } : {}),
        ...(impersonate.groups ? { 'impersonate-group': [...impersonate.groups] } : {}),
      }
    : {}),
});
