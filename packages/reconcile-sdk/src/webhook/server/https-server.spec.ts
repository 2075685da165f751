import { type IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../clock/index.ts';
import { defineResource, type KubeObject } from '../../client/index.ts';
import { createLogger } from '../../logging/index.ts';
import { validating } from '../admission/webhook.ts';
import { type AdmissionRequest, type AdmissionOperation, type Verdict } from '../admission/review.ts';
import { converting } from '../conversion/webhook.ts';
import { issueAuthority, issueServing } from '../certificates/issue.ts';
import { createDispatch } from './dispatch.ts';
import { createHttpsServer, type HttpsServer } from './https-server.ts';
import { defaultLimits, type WebhookLimits } from './limits.ts';

interface Thing extends KubeObject {
  spec?: unknown;
}
const things = defineResource<Thing>('example.com', 'v1', 'Thing', 'things');
const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
const authority = issueAuthority('test', validity);
const open: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function start(
  handler: (request: AdmissionRequest<Thing, AdmissionOperation>) => Verdict | Promise<Verdict>,
  limits: Partial<WebhookLimits> = {},
) {
  const lines: string[] = [];
  const facts: { webhook: string; code: number; allowed?: boolean }[] = [];
  const peak = { inFlight: 0 };
  const state = { isDraining: false };
  const all = { ...defaultLimits, ...limits };
  const webhook = validating(things, { operations: ['CREATE', 'UPDATE'], handler });
  const conversion = converting(things, { convert: (object) => object });
  const handle = createDispatch({
    webhooks: [webhook, conversion],
    limits: all,
    clock: systemClock,
    log: createLogger({ name: 'x', verbose: true, destination: { write: (line) => void lines.push(line) } }),
    observer: {
      request: ({ webhook: path, code, allowed }) =>
        facts.push({ webhook: path, code, ...(allowed === undefined ? {} : { allowed }) }),
      inFlight: (_, count) => (peak.inFlight = Math.max(peak.inFlight, count)),
    },
    isDraining: () => state.isDraining,
  });
  const https = createHttpsServer({ handle, limits: all, clock: systemClock });
  https.use(issueServing(authority, ['localhost', '127.0.0.1'], validity));
  await https.listen('127.0.0.1:0');
  open.push(() => https.close(0));
  return {
    https,
    port: https.port()!,
    path: webhook.path,
    conversion: conversion.path,
    lines,
    facts,
    peak,
    state,
  };
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}
function post(
  port: number,
  path: string,
  body: string | Buffer,
  options: { headers?: Record<string, string>; method?: string; agent?: Agent; ca?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        method: options.method ?? 'POST',
        ca: options.ca ?? authority.certPem,
        headers: { 'content-type': 'application/json', ...options.headers },
        ...(options.agent ? { agent: options.agent } : { agent: false }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
const review = (request: object = {}): string =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u1',
      kind: { group: 'example.com', version: 'v1', kind: 'Thing' },
      operation: 'CREATE',
      object: { metadata: { name: 't' } },
      ...request,
    },
  });
const answerOf = ({ text }: Answer) =>
  (
    JSON.parse(text) as {
      response: { uid: string; allowed: boolean; status?: { code: number; message: string } };
    }
  ).response;

describe('what a request must be', () => {
  it('a review in JSON, by POST, at a known path, whole', async () => {
    const { port, path, conversion, facts, lines } = await start(() => ({ allowed: true }));
    const status = async (body: string, more: Parameters<typeof post>[3] = {}, at = path) =>
      (await post(port, at, body, more)).status;
    expect(await status(review())).toBe(200);
    expect(await status(review(), {}, '/elsewhere')).toBe(404);
    expect(await status('', { method: 'GET' })).toBe(405);
    expect(await status(review(), { headers: { 'content-type': 'text/plain' } })).toBe(415);
    expect(await status(review(), { headers: { 'content-encoding': 'gzip' } })).toBe(415);
    for (const garbage of [
      '',
      'null',
      '[]',
      '7',
      '{}',
      '{"password":"hunter2',
      '{"kind":"AdmissionReview","request":{}}',
      '\0\x01',
    ])
      expect(await status(garbage)).toBe(400);
    expect(await status(review(), {}, conversion)).toBe(400);
    expect(
      await status(
        JSON.stringify({
          kind: 'ConversionReview',
          apiVersion: 'apiextensions.k8s.io/v1',
          request: { uid: 'x' },
        }),
        {},
        conversion,
      ),
    ).toBe(400);
    expect(facts[0]).toEqual({ webhook: path, code: 200, allowed: true });
    expect(facts.slice(1).every(({ code, allowed }) => code >= 400 && allowed === undefined)).toBe(true);
    expect(lines.join('')).not.toContain('hunter2');
  });

  it('not larger than allowed, said or not', async () => {
    const { port, path } = await start(() => ({ allowed: true }), { admissionBodyBytes: 10_000 });
    const large = review({ object: { text: 'x'.repeat(20_000) } });
    const said = await post(port, path, large);
    expect([said.status, said.headers.connection]).toEqual([413, 'close']);
    const unsaid = await post(port, path, large, { headers: { 'transfer-encoding': 'chunked' } });
    expect(unsaid.status).toBe(413);
    expect((await post(port, path, review({ object: { text: 'x'.repeat(9_000) } }))).status).toBe(200);
  });

  it('of one of our operations and versions, or the answer says what is configured wrongly', async () => {
    const { port, path } = await start(() => ({ allowed: true }));
    const asked = async (request: object) => answerOf(await post(port, path, review(request)));
    expect(await asked({ operation: 'CONNECT' })).toMatchObject({
      allowed: false,
      status: {
        code: 400,
        message: 'the webhook answers for CREATE and UPDATE, but is configured for CONNECT too',
      },
    });
    expect(await asked({ kind: { group: 'example.com', version: 'v2', kind: 'Thing' } })).toMatchObject({
      allowed: false,
      status: {
        message: 'the webhook answers for example.com/v1 Thing, but is configured for example.com/v2 Thing',
      },
    });
    expect(await asked({ operation: 'UPDATE' })).toMatchObject({ allowed: false });
  });
});

describe('what handlers do', () => {
  it('may take until shortly before the caller gives up', async () => {
    let signalled: unknown;
    const { port, path, facts } = await start(
      ({ signal }) =>
        new Promise(() =>
          signal.addEventListener('abort', () => void (signalled = signal.reason), { once: true }),
        ),
    );
    const began = performance.now();
    const answer = answerOf(await post(port, `${path}?timeout=1s`, review()));
    // Without a deadline of its own it would never be answered.
    expect(performance.now() - began).toBeGreaterThan(850);
    expect(answer).toMatchObject({ uid: 'u1', allowed: false, status: { code: 504 } });
    expect(signalled).toMatchObject({ code: 'timeout' });
    expect(facts).toEqual([{ webhook: path, code: 200, allowed: false }]);
  });

  it('are told when the caller has gone', async () => {
    const { promise: gone, resolve } = Promise.withResolvers<unknown>();
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
    const { port, path } = await start(({ signal }) => {
      signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
      isAsked();
      return new Promise(() => undefined);
    });
    const socket = await tls(port);
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${review().length}\r\n\r\n${review()}`,
    );
    await asked;
    socket.destroy();
    expect(await gone).toMatchObject({ code: 'aborted' });
  });

  it('throw without a word about what they saw', async () => {
    const { port, path, lines } = await start(() => {
      throw new SyntaxError('Unexpected token in "password: hunter2"');
    });
    const answer = await post(port, path, review());
    expect(answerOf(answer)).toMatchObject({ allowed: false, status: { code: 500 } });
    expect(answer.text + lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('SyntaxError');
    expect(lines.join('')).toContain('https-server.spec.ts');
  });

  it('are few at a time; the others wait in line until their deadline', async () => {
    const { promise: go, resolve: let3 } = Promise.withResolvers<void>();
    const { promise: full, resolve: isFull } = Promise.withResolvers<void>();
    let running = 0;
    let most = 0;
    const { port, path, peak } = await start(
      async () => {
        most = Math.max(most, ++running);
        if (running === 3) isFull();
        await go;
        running--;
        return { allowed: true };
      },
      { inFlight: 3 },
    );
    const answers = Array.from({ length: 20 }, () => post(port, path, review()));
    await full;
    const late = await post(port, `${path}?timeout=50ms`, review());
    expect([late.status, late.text]).toEqual([503, 'too many reviews at once; try again\n']);
    let3();
    expect((await Promise.all(answers)).every(({ status }) => status === 200)).toBe(true);
    expect(most).toBe(3);
    expect(peak.inFlight).toBeGreaterThan(3);
  });
});

describe('connections', () => {
  it('that bring nothing, or bring it slowly, are closed', async () => {
    const { port, path } = await start(() => ({ allowed: true }), { headersMs: 300, requestMs: 600 });
    const ended = async (write: (socket: TLSSocket) => void): Promise<string> => {
      const socket = await tls(port);
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('error', () => undefined);
      write(socket);
      await new Promise((resolve) => socket.once('close', resolve));
      return Buffer.concat(chunks).toString();
    };
    const trickle = (text: string) => (socket: TLSSocket) => {
      let at = 0;
      const timer = setInterval(() => {
        if (socket.writable) socket.write(text[at++ % text.length]!);
      }, 50);
      socket.once('close', () => clearInterval(timer));
    };
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n`;
    const [silent, headers, body, garbage] = await Promise.all([
      ended(() => undefined),
      ended(trickle('POST / HTTP/1.1\r\nx-a: b'.repeat(100))),
      ended((socket) => {
        socket.write(head);
        trickle(' ')(socket);
      }),
      ended((socket) => socket.write('\x16\x03\x01 no http\r\n\r\n')),
    ]);
    expect(silent).toMatch(/^(HTTP\/1.1 408 |$)/);
    expect(headers).toMatch(/^HTTP\/1.1 4(08|00) /);
    expect(body).toMatch(/^HTTP\/1.1 408 /);
    expect(garbage).toMatch(/^HTTP\/1.1 400 /);
    // A peer that never begins the handshake.
    const plain = connectPlain(port, '127.0.0.1');
    plain.on('error', () => undefined);
    await new Promise((resolve) => plain.once('close', resolve));
    expect((await post(port, path, review())).status).toBe(200);
  }, 20_000);

  it('beyond the bound are not taken, those within go on', async () => {
    const { port, path } = await start(() => ({ allowed: true }), { connections: 2 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    open.push(() => agent.destroy());
    expect((await post(port, path, review(), { agent })).status).toBe(200);
    const second = await tls(port);
    await expect(tls(port)).rejects.toThrow();
    expect((await post(port, path, review(), { agent })).status).toBe(200);
    second.destroy();
  });

  it('are kept, and outlive a change of certificate, which new ones get', async () => {
    const { https, port, path } = await start(() => ({ allowed: true }));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    open.push(() => agent.destroy());
    const first = await post(port, path, review(), { agent });
    const other = issueAuthority('other', validity);
    https.use(issueServing(other, ['127.0.0.1'], validity));
    const again = await post(port, path, review(), { agent });
    expect([first.status, again.status]).toEqual([200, 200]);
    await expect(post(port, path, review())).rejects.toThrow(/unable to (verify|get)|self-signed/);
    expect((await post(port, path, review(), { ca: other.certPem })).status).toBe(200);
  });

  it('are drained: what is under way is answered, nothing new is taken', async () => {
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
    const { promise: go, resolve: answer } = Promise.withResolvers<void>();
    const { https, port, path, state } = await start(async () => {
      isAsked();
      await go;
      return { allowed: true };
    });
    const pending = post(port, path, review());
    await asked;
    state.isDraining = true;
    const closed = https.close(5_000);
    await expect(post(port, path, review())).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
    answer();
    const result = await pending;
    expect([result.status, result.headers.connection]).toEqual([200, 'close']);
    await closed;
  });

  it('that do not end in time are cut', async () => {
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
    const { https, port, path }: { https: HttpsServer; port: number; path: string } = await start(() => {
      isAsked();
      return new Promise(() => undefined);
    });
    const pending = post(port, path, review()).catch((error: unknown) => error);
    await asked;
    const began = performance.now();
    await https.close(100);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(await pending).toMatchObject({ code: 'ECONNRESET' });
  });
});

function tls(port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', ca: authority.certPem }, () => resolve(socket));
    open.push(() => void socket.destroy());
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
}
