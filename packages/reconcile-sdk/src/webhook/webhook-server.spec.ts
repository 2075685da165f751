import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createSeededRandom, systemClock } from '../clock/index.ts';
import { resources, type KubeClient } from '../client/index.ts';
import { createLogger } from '../logging/index.ts';
import { validating } from './admission/webhook.ts';
import { issueAuthority, issueServing } from './certificates/issue.ts';
import { createWebhookServer, type WebhookServerOptions } from './webhook-server.ts';

const maps = validating(resources.configMaps, { operations: ['CREATE'], handler: () => ({ allowed: true }) });
const hour = 3_600_000;
const make = (more: Partial<WebhookServerOptions> = {}) =>
  createWebhookServer({
    name: 'op',
    address: '127.0.0.1:0',
    webhooks: [maps],
    client: {} as KubeClient,
    clock: systemClock,
    random: createSeededRandom(1),
    log: createLogger({ name: 'op', destination: { write: () => undefined } }),
    certificates: {
      kind: 'built-in',
      secret: { namespace: 'n', name: 's' },
      service: { namespace: 'n', name: 'op' },
    },
    ...more,
  });
const builtIn = (more: object) =>
  make({ certificates: { kind: 'built-in', secret: { namespace: 'n', name: 's' }, hosts: ['x'], ...more } });

describe('a webhook server', () => {
  it('refuses at the start what could not work later', () => {
    expect(() => make({ webhooks: [maps, maps] })).toThrow(
      'two webhooks share the path /validate--v1-configmap',
    );
    expect(() => builtIn({ hosts: [] })).toThrow('need a service or hosts');
    for (const policy of [
      { servingMs: 200 * 24 * hour },
      { propagationMs: 30 * 24 * hour },
      { clockSkewMs: 30 * 24 * hour },
    ])
      expect(() => builtIn({ policy })).toThrow('at most a third');
    expect(maps).toMatchObject({ name: 'validate.configmaps.core.k8s.io', path: '/validate--v1-configmap' });
  });

  it('serves with certificate files from when they are there until it is told to stop', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'webhook-server-'));
    const stop = new AbortController();
    const server = make({
      certificates: { kind: 'files', dir, pollMs: 10 },
      lameDuckMs: 1_000,
    });
    const ended = server.run(stop.signal);
    try {
      expect([server.isReady(), server.port()]).toEqual([false, undefined]);
      const validity = { notBefore: Date.now() - hour, notAfter: Date.now() + hour };
      const authority = issueAuthority('files', validity);
      const { certPem, keyPem } = issueServing(authority, ['localhost'], validity);
      await writeFile(join(dir, 'tls.key'), keyPem);
      await writeFile(join(dir, 'tls.crt'), certPem);
      const deadline = performance.now() + 10_000;
      while (!server.isReady() && performance.now() < deadline) await systemClock.sleep(5);
      expect(server.health().filter(({ ok }) => !ok)).toEqual([]);
      const status = await new Promise((resolve, reject) => {
        const options = {
          host: '127.0.0.1',
          port: server.port(),
          path: '/',
          servername: 'localhost',
          ca: authority.certPem,
          agent: false,
        };
        request(options, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
      expect(status).toBe(404);
      stop.abort();
      await systemClock.sleep(10);
      expect([server.isReady(), server.port() !== undefined]).toEqual([false, true]);
      await ended;
      expect(server.port()).toBeUndefined();
    } finally {
      stop.abort();
      await ended;
      await rm(dir, { recursive: true });
    }
  });

  it('says why it cannot listen', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'webhook-server-'));
    try {
      const validity = { notBefore: Date.now() - hour, notAfter: Date.now() + hour };
      const { certPem, keyPem } = issueServing(issueAuthority('files', validity), ['localhost'], validity);
      await writeFile(join(dir, 'tls.key'), keyPem);
      await writeFile(join(dir, 'tls.crt'), certPem);
      const server = make({ certificates: { kind: 'files', dir, pollMs: 10 }, address: '192.0.2.1:9443' });
      await expect(server.run(new AbortController().signal)).rejects.toMatchObject({
        code: 'bad-configuration',
        message: 'cannot listen on 192.0.2.1:9443',
      });
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
