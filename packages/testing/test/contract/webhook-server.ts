import { type IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { createAuthority } from '@stateful/local-cluster';

/** Answers one review; what it throws is an HTTP 500 with that text. */
export type Webhook = (review: unknown) => unknown;

/** Where a webhook is, as a `clientConfig` says it. */
export interface ServedWebhook {
  url: string;
  caBundle: string;
}

/** An HTTPS server whose paths can be added to. */
export function createWebhookServer() {
  const authority = createAuthority('contract-webhooks');
  const { certPem, keyPem } = authority.issue({ commonName: 'webhooks', hosts: ['127.0.0.1'] });
  const webhooks = new Map<string, Webhook>();
  const server = createServer({ cert: certPem, key: keyPem }, (incoming, outgoing) => {
    void (async () => {
      try {
        const review = JSON.parse(await textOf(incoming)) as unknown;
        const answer = await webhooks.get(incoming.url!.split('?')[0]!)!(review);
        outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      } catch (error) {
        outgoing.writeHead(500).end((error as Error).message);
      }
    })();
  });
  let port: Promise<number> | undefined;
  return {
    async serve(path: string, webhook: Webhook): Promise<ServedWebhook> {
      webhooks.set(path, webhook);
      port ??= new Promise((resolve) => {
        server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
      });
      const url = `https://127.0.0.1:${await port}${path}`;
      return { url, caBundle: Buffer.from(authority.certPem).toString('base64') };
    },
    close(): void {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
