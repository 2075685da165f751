import {
  createKubeClient,
  createManualClock,
  createSeededRandom,
  resources,
  systemClock,
  type Clock,
} from '@stateful/reconcile-sdk';
import { describe, expect, it } from '@jest/globals';
import { createAuthority } from '@stateful/local-cluster';
import { createServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { createApiServer } from '../api-server.ts';
import { type WebhookHandler } from './outside.ts';

const { configMaps } = resources;
const url = 'https://hook.default.svc:443/mutate';

/** Registers a mutating webhook for ConfigMaps. */
function register(server: ReturnType<typeof createApiServer>, clientConfig: object, more: object = {}): void {
  const rule = { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] };
  const hook = {
    name: 'hook.example.com',
    clientConfig,
    rules: [rule],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 5,
    ...more,
  };
  const answer = server.ask({
    method: 'POST',
    path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
    body: { metadata: { name: 'hook' }, webhooks: [hook] },
  });
  expect(answer.status).toBe(201);
}

function setUp(handler?: WebhookHandler, clock: Clock = createManualClock()) {
  const server = createApiServer({ clock, random: createSeededRandom(1) });
  if (handler) server.serveWebhook(url, handler);
  const client = createKubeClient({ transport: server.transport(), fieldManager: 'test' });
  return {
    server,
    client,
    create: () => client.create(configMaps, { metadata: { namespace: 'default', generateName: 'a-' } }),
  };
}

const service = { service: { name: 'hook', namespace: 'default', path: '/mutate' } };
const marking = (review: unknown): object => {
  const { uid } = (review as { request: { uid: string } }).request;
  const patch = [{ op: 'add', path: '/data', value: { seen: 'yes' } }];
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    },
  };
};

describe('webhooks', () => {
  it('that answer later are waited for, and asked once', async () => {
    let asked = 0;
    const own = setUp(async (review) => {
      asked++;
      await Promise.resolve();
      return marking(review);
    });
    register(own.server, service);
    expect((await own.create()).data).toEqual({ seen: 'yes' });
    expect(asked).toBe(1);
    // Nobody is asked where no webhook is registered.
    expect((await setUp(marking).create()).data).toBeUndefined();
    const request = {
      method: 'POST',
      path: '/api/v1/namespaces/default/configmaps',
      body: { metadata: { name: 'b' } },
    } as const;
    expect(() => own.server.ask(request)).toThrow('ask with `answer`');
    expect((await own.server.answer(request)).status).toBe(201);
  });

  it('that answer at once need no waiting', () => {
    const { server } = setUp(marking);
    register(server, service);
    const { body } = server.ask({
      method: 'POST',
      path: '/api/v1/namespaces/default/configmaps',
      body: { metadata: { name: 'a' } },
    });
    expect(body).toMatchObject({ data: { seen: 'yes' } });
  });

  it('are given up by the clock of the server', async () => {
    const clock = createManualClock();
    const { server, create } = setUp(() => new Promise(() => undefined), clock);
    register(server, service);
    const made = expect(create()).rejects.toThrow(`Post "${url}?timeout=5s": context deadline exceeded`);
    await clock.advance(5_000);
    await made;
  });

  it('are asked over HTTPS, and trusted by their caBundle alone', async () => {
    const authority = createAuthority('test');
    const { certPem, keyPem } = authority.issue({ commonName: 'hook', hosts: ['127.0.0.1'] });
    const https = createServer({ cert: certPem, key: keyPem }, (incoming, outgoing) => {
      let text = '';
      incoming.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      incoming.on('end', () => outgoing.end(JSON.stringify(marking(JSON.parse(text)))));
    });
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
    const at = `https://127.0.0.1:${(https.address() as AddressInfo).port}/mutate`;
    const bundle = (pem: string): string => Buffer.from(pem).toString('base64');
    try {
      const good = setUp(undefined, systemClock);
      register(good.server, { url: at, caBundle: bundle(authority.certPem) });
      expect((await good.create()).data).toEqual({ seen: 'yes' });
      const bad = setUp(undefined, systemClock);
      register(bad.server, { url: at, caBundle: bundle(createAuthority('other').certPem) });
      await expect(bad.create()).rejects.toThrow('x509: certificate signed by unknown authority');
      const lenient = setUp(undefined, systemClock);
      register(lenient.server, { url: 'https://127.0.0.1:1/' }, { failurePolicy: 'Ignore' });
      expect((await lenient.create()).data).toBeUndefined();
    } finally {
      https.close();
    }
  });
});
