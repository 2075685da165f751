import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { eventually } from '@stateful/local-cluster';
import { createSeededRandom, systemClock, type Clock } from '../src/clock/index.ts';
import { sleepWith } from '../src/clock/clock.ts';
import { OperatorError } from '../src/errors/index.ts';
import {
  createKubeClient,
  resources,
  type HttpRequest,
  type HttpTransport,
  type TransportOptions,
} from '../src/client/index.ts';
import {
  get,
  json,
  post,
  startRelay,
  startServerDouble,
  transportTo,
  type ServerDouble,
} from './client-server.ts';

let server: ServerDouble;
const open: HttpTransport[] = [];
const connect = (options: Partial<TransportOptions> = {}) => {
  const made = transportTo(server.config, options);
  open.push(made.transport);
  return made;
};

beforeEach(async () => {
  server = await startServerDouble();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()));
  await server.close();
});

describe('connections', () => {
  it('are made once and reused', async () => {
    const { transport, calls } = connect();
    for (let i = 0; i < 50; i++) await transport.request(get(`/${i}`));
    expect(server.handshakes()).toBe(1);
    await Promise.all(Array.from({ length: 8 }, () => transport.request(get('/burst'))));
    const after = server.handshakes();
    for (let i = 0; i < 50; i++) await transport.request(post(`/${i}`));
    await Promise.all(Array.from({ length: 8 }, () => transport.request(get('/burst'))));
    expect(server.handshakes()).toBe(after);
    expect(transport.stats()).toMatchObject({
      connectionsOpened: after,
      inFlight: 0,
      waiting: 0,
      streams: 0,
    });
    expect(calls).toHaveLength(116);
    expect(calls[0]).toMatchObject({
      method: 'GET',
      status: 200,
      attempt: 1,
      host: `127.0.0.1:${server.port}`,
    });
  });

  it('tell how long a name took to look up, once for each', async () => {
    const lookups: { host: string; seconds: number }[] = [];
    const config = { ...server.config, server: server.config.server.replace('127.0.0.1', 'localhost') };
    const { transport, calls } = transportTo(config, { onLookup: (lookup) => lookups.push(lookup) });
    open.push(transport);
    await transport.request(post('/a'));
    await transport.request(get('/b'));
    expect(lookups.map(({ host }) => host)).toEqual([`localhost:${server.port}`]);
    expect(lookups[0]!.seconds).toBeGreaterThanOrEqual(0);
    expect(calls.map(({ requestBytes }) => requestBytes > 0)).toEqual([true, false]);
  });

  it('are reused after an answer that was an error', async () => {
    server.answerWith((_, response) => json(response, { message: 'no such thing' }, 404));
    const { transport } = connect();
    for (let i = 0; i < 5; i++)
      await expect(transport.request(get('/x'))).rejects.toMatchObject({
        code: 'not-found',
        message: 'get /x: no such thing',
      });
    expect(server.handshakes()).toBe(1);
  });

  it('carry bodies with every method, and the next call after them', async () => {
    const { transport } = connect();
    for (const method of ['DELETE', 'POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      await transport.request(post(`/${method}`, { method, body: { text: 'ä' } }));
      await transport.request(get('/next'));
    }
    expect(server.received.filter(({ url }) => url !== '/next').map(({ body }) => body)).toEqual(
      Array.from({ length: 5 }, () => '{"text":"ä"}'),
    );
    expect(server.received).toHaveLength(10);
    expect(server.handshakes()).toBe(1);
  });

  it('of many watches leave calls their places, and end with the signal', async () => {
    const { transport } = connect({ maxInFlight: 2 });
    server.answerWith(({ url }, response) => {
      if (url !== '/watch') return json(response, {});
      response.writeHead(200);
      response.write('{"type":"BOOKMARK"}\n');
    });
    const stop = new AbortController();
    const lines: string[] = [];
    const ends: Promise<unknown>[] = [];
    for (let i = 0; i < 20; i++) {
      const chunks = await transport.stream(get('/watch', { signal: stop.signal }));
      ends.push(
        (async () => {
          for await (const chunk of chunks) lines.push(chunk.toString());
        })().catch((error: unknown) => error),
      );
    }
    await Promise.all(Array.from({ length: 10 }, () => transport.request(get('/x'))));
    expect(transport.stats()).toMatchObject({ streams: 20 });
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(20);
    stop.abort();
    expect(await Promise.all(ends)).toEqual(
      Array.from({ length: 20 }, () => expect.objectContaining({ code: 'aborted' })),
    );
    expect(lines).toHaveLength(20);
    await eventually('their connections are closed', () => {
      expect(server.sockets().size).toBeLessThanOrEqual(2);
      expect(transport.stats().streams).toBe(0);
    });
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  it('are left alone once the server says that it closes them', async () => {
    const { transport } = connect();
    server.answerWith((_, response) => response.writeHead(200, { connection: 'close' }).end('{}'));
    for (let i = 0; i < 3; i++) await transport.request(post(`/${i}`));
    expect(server.handshakes()).toBe(3);
    expect(server.received).toHaveLength(3);
  });

  it('are not used again when bytes follow an answer, which would be taken for the next one', async () => {
    const { transport } = connect();
    const forged = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"a":"no"}';
    const extras = [forged, forged.slice(0, 20), '\r\n'];
    server.answerWith(({ socket }, response) => {
      const extra = extras.shift();
      if (extra === undefined) return json(response, { a: 'yes' });
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}${extra}`);
    });
    for (let i = 0; i < 3; i++) expect(await transport.request(get('/x'))).toEqual({});
    expect(await transport.request(get('/x'))).toEqual({ a: 'yes' });
    expect(server.handshakes()).toBe(4);
  });

  it('hold up a server whose watch nobody reads, and lose nothing of it', async () => {
    const { transport } = connect();
    const line = Buffer.from(`${'x'.repeat(65_535)}\n`);
    let taken = 0;
    server.answerWith((_, response) => {
      response.writeHead(200);
      const more = (): void => {
        if (taken++ === 300) response.end();
        else response.write(line, more);
      };
      more();
    });
    const chunks = await transport.stream(get('/watch'));
    await new Promise((resolve) => systemClock.setTimer(300, () => resolve(undefined)));
    expect(taken).toBeLessThan(300);
    let bytes = 0;
    for await (const chunk of chunks) bytes += chunk.length;
    expect(bytes).toBe(300 * line.length);
  });

  it('ends watches when closed, and refuses calls afterwards', async () => {
    server.answerWith(() => undefined);
    const { transport } = connect();
    const under = transport.request(get('/never'));
    await eventually('it is sent', () => expect(server.received).toHaveLength(1));
    await transport.close();
    await expect(under).rejects.toMatchObject({ code: 'aborted' });
    await expect(transport.request(get('/x'))).rejects.toMatchObject({ code: 'aborted' });
    await eventually('nothing is open', () => expect(server.sockets().size).toBe(0));
  });
});

describe('a call ends', () => {
  it('at its deadline when nothing answers, and takes its connection along', async () => {
    server.answerWith(() => undefined);
    const { transport } = connect();
    const error = await transport
      .request(get('/hole', { timeoutMs: 200 }))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'timeout', message: 'get /hole: no answer within 0.2 s' });
    await eventually('its connection is closed', () => expect(server.sockets().size).toBe(0));
  });

  it('with all idle connections when one is dead, so that the next call does not meet the next', async () => {
    const relay = await startRelay(server.port);
    const { transport } = transportTo({ ...server.config, server: `https://127.0.0.1:${relay.port}` });
    open.push(transport);
    await Promise.all(Array.from({ length: 5 }, () => transport.request(get('/x'))));
    expect(transport.stats().connections).toBe(5);
    relay.hold();
    await expect(transport.request(get('/y', { timeoutMs: 200 }))).rejects.toMatchObject({ code: 'timeout' });
    await eventually('all are closed', () => expect(transport.stats().connections).toBe(0));
    await transport.request(get('/z', { timeoutMs: 1_000 }));
    await relay.close();
  });

  it('at its deadline when the body stops midway', async () => {
    server.answerWith((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"a":');
    });
    const { transport } = connect();
    await expect(transport.request(get('/half', { timeoutMs: 200 }))).rejects.toMatchObject({
      code: 'timeout',
    });
    await eventually('its connection is closed', () => expect(server.sockets().size).toBe(0));
    expect(transport.stats().inFlight).toBe(0);
  });

  it('with the signal, wherever it is, and leaves no listener on it', async () => {
    const { transport } = connect();
    const stop = new AbortController();
    for (let i = 0; i < 5; i++) await transport.request(get('/x', { signal: stop.signal }));
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
    server.answerWith(() => undefined);
    const under = transport.request(get('/never', { signal: stop.signal }));
    await eventually('it is sent', () => expect(server.received).toHaveLength(6));
    stop.abort();
    await expect(under).rejects.toMatchObject({ code: 'aborted' });
    await expect(transport.request(get('/x', { signal: stop.signal }))).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(server.received).toHaveLength(6);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  it('when the answer is larger than allowed', async () => {
    server.answerWith((_, response) => json(response, { text: 'x'.repeat(100_000) }));
    const { transport } = connect({ maxAnswerBytes: 50_000 });
    await expect(transport.request(get('/big'))).rejects.toMatchObject({ code: 'bad-response' });
    await expect(transport.request(get('/big', { maxBytes: 200_000 }))).resolves.toBeDefined();
  });

  it('without quoting an answer that is not JSON', async () => {
    server.answerWith((_, response) => response.end('password=hunter2'));
    const { transport } = connect();
    const error = await transport.request(get('/x')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'bad-response', message: 'get /x: the answer is not JSON' });
    expect((error as Error).cause).toBeUndefined();
  });

  it('with the reason when the server cannot be reached or is not the one we know', async () => {
    const stranger = await startServerDouble();
    const { transport } = transportTo({ ...stranger.config, ca: server.authority.certPem });
    open.push(transport);
    const error = await transport.request(get('/x', { retry: false })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'network', message: 'get /x: the API server cannot be reached' });
    expect((error as OperatorError).cause).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    await stranger.close();
  });
});

describe('a try that failed', () => {
  /** The status of one answer after another, then 200. */
  const statuses = (...list: [status: number, headers?: Record<string, string>][]) =>
    server.answerWith((_, response) => {
      const [status, headers = {}] = list.shift() ?? [200];
      response.writeHead(status, headers);
      response.end('{}');
    });

  it('is made again after 429, as long as the server asks, for every kind of call', async () => {
    const { transport, calls } = connect();
    statuses([429, { 'retry-after': '1' }]);
    const began = performance.now();
    await transport.request(post('/x'));
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_000);
    const inTwo = new Date(Date.now() + 2_000).toUTCString();
    statuses([429, { 'retry-after': inTwo }], [503]);
    await transport.request(get('/x'));
    expect(calls.map(({ status, attempt }) => [status, attempt])).toEqual([
      [429, 1],
      [200, 2],
      [429, 1],
      [503, 2],
      [200, 3],
    ]);
  });

  it('is not made again when the server asks to wait beyond the deadline', async () => {
    const { transport, calls } = connect();
    statuses([429, { 'retry-after': '30' }]);
    await expect(transport.request(get('/x'))).rejects.toMatchObject({
      code: 'throttled',
      retryAfterMs: 30_000,
    });
    expect(calls).toHaveLength(1);
  });

  it('is not made again for what may have been done', async () => {
    const { transport, calls } = connect();
    statuses([503]);
    await expect(transport.request(post('/x'))).rejects.toMatchObject({ code: 'unavailable' });
    server.answerWith((request) => request.socket.destroy());
    await expect(transport.request(post('/x'))).rejects.toMatchObject({ code: 'network' });
    expect(calls.map(({ status }) => status)).toEqual([503, 0]);
  });

  it('is made again when the connection is reset, before the answer or in its middle', async () => {
    const { transport } = connect();
    const resets = ['before', 'middle'];
    server.answerWith((request, response) => {
      const reset = resets.shift();
      if (reset === undefined) return json(response, { ok: true });
      if (reset === 'before') return request.socket.destroy();
      response.writeHead(200, { 'content-length': '50' });
      response.write('{"ok":', () => request.socket.destroy());
    });
    expect(await transport.request(get('/x'))).toEqual({ ok: true });
    expect(server.received).toHaveLength(3);
  });

  it('is made again for every kind of call when nothing was sent', async () => {
    const { port } = server;
    await server.close();
    const { transport, calls } = transportTo({ server: `https://127.0.0.1:${port}`, namespace: 'default' });
    open.push(transport);
    await expect(transport.request(post('/x'))).rejects.toMatchObject({ code: 'network' });
    expect(calls.length).toBeGreaterThan(1);
  });

  it('is the last one when no retry is wanted', async () => {
    const { transport, calls } = connect();
    statuses([429], [429]);
    await expect(transport.request(get('/x', { retry: false }))).rejects.toMatchObject({ code: 'throttled' });
    expect(calls).toHaveLength(1);
  });
});

describe('calls at once', () => {
  it('are bounded; those beyond wait in order, within their deadlines', async () => {
    const held: (() => void)[] = [];
    server.answerWith((_, response) => void held.push(() => json(response, {})));
    const { transport } = connect({ maxInFlight: 2 });
    const first = [transport.request(get('/1')), transport.request(get('/2'))];
    await eventually('both are sent', () => expect(held).toHaveLength(2));
    const stop = new AbortController();
    const late = transport.request(get('/late', { timeoutMs: 100 })).catch((error: unknown) => error);
    const left = transport.request(get('/left', { signal: stop.signal })).catch((error: unknown) => error);
    const third = transport.request(get('/3'));
    const fourth = transport.request(get('/4'));
    stop.abort();
    expect(await left).toMatchObject({ code: 'aborted' });
    expect(await late).toMatchObject({ code: 'timeout' });
    expect(transport.stats()).toMatchObject({ inFlight: 2, waiting: 2 });
    const lease = transport.request(get('/lease', { urgent: true }));
    await eventually('the urgent one is sent', () => expect(held).toHaveLength(3));
    for (const answer of held.splice(0)) answer();
    await Promise.all([...first, lease]);
    await eventually('the others follow', () => expect(held).toHaveLength(2));
    for (const answer of held.splice(0)) answer();
    await Promise.all([third, fourth]);
    expect(server.received.map(({ url }) => url).sort()).toEqual(['/1', '/2', '/3', '/4', '/lease']);
    expect(transport.stats()).toMatchObject({ inFlight: 0, waiting: 0 });
  });
});

describe('the last look before bytes leave', () => {
  const fence = (may: () => boolean) => () => {
    if (!may()) throw new OperatorError('fenced', 'no longer');
  };

  it('comes after the wait for a place', async () => {
    const held: (() => void)[] = [];
    server.answerWith((_, response) => void held.push(() => json(response, {})));
    const { transport } = connect({ maxInFlight: 1 });
    let leads = true;
    const first = transport.request(get('/first'));
    await eventually('it is sent', () => expect(held).toHaveLength(1));
    const write = transport
      .request(post('/write', { beforeSend: fence(() => leads) }))
      .catch((error: unknown) => error);
    leads = false;
    held[0]?.();
    await first;
    expect(await write).toMatchObject({ code: 'fenced' });
    expect(server.received).toHaveLength(1);
  });

  it('comes after the wait for a connection', async () => {
    const { transport } = connect();
    const looks: number[] = [];
    const write = transport.request(
      post('/write', {
        beforeSend: () => {
          looks.push(transport.stats().connectionsOpened);
          throw new OperatorError('fenced', 'no longer');
        },
      }),
    );
    await expect(write).rejects.toMatchObject({ code: 'fenced' });
    expect(looks).toEqual([1]);
    expect(server.received).toEqual([]);
  });

  it('comes at each try', async () => {
    const { transport } = connect();
    let leads = true;
    server.answerWith((_, response) => {
      leads = false;
      json(response, {}, 429);
    });
    await expect(transport.request(post('/write', { beforeSend: fence(() => leads) }))).rejects.toMatchObject(
      {
        code: 'fenced',
      },
    );
    expect(server.received).toHaveLength(1);
  });

  it('is given to every write of a client, and to no read', async () => {
    const { transport } = connect();
    const fence = new AbortController();
    let may = true;
    const client = createKubeClient({
      transport,
      fieldManager: 'test',
      beforeWrite: () => {
        if (!may) throw new OperatorError('fenced', 'no longer');
      },
      writeSignal: () => fence.signal,
    });
    const key = { namespace: 'a', name: 'b' };
    const writes = [
      () => client.create(resources.pods, { metadata: key }),
      () => client.update(resources.pods, { metadata: key }),
      () => client.apply(resources.pods, { metadata: key }),
      () => client.mergePatch(resources.pods, key, {}),
      () => client.jsonPatch(resources.pods, key, []),
      () => client.delete(resources.pods, key),
      () => client.evict(key),
      () => client.createSubresource(resources.pods, key, 'binding', {}),
      () => client.impersonate({ user: 'ann' }).create(resources.pods, { metadata: key }),
    ];
    for (const write of writes) await write();
    expect(server.received).toHaveLength(writes.length);
    may = false;
    for (const write of writes)
      await expect(write()).rejects.toMatchObject({ code: 'fenced', message: 'no longer' });
    may = true;
    fence.abort();
    for (const write of writes) await expect(write()).rejects.toMatchObject({ code: 'fenced' });
    expect(server.received).toHaveLength(writes.length);
    await client.get(resources.pods, key);
    await client.list(resources.pods);
    await client.serverResource(resources.pods);
  });

  it('sees a deadline that the timer has not told of yet', async () => {
    let stalled = 0;
    // A clock that jumps, as it does for a process that was stopped; its timers are late.
    const clock: Clock = { ...systemClock, monotonic: () => performance.now() + stalled };
    const { transport } = connect({ clock });
    await transport.request(get('/warm'));
    const write = transport.request(post('/write', { deadlineAt: clock.monotonic() + 5_000 }));
    stalled = 6_000;
    await expect(write).rejects.toMatchObject({ code: 'timeout' });
    expect(server.received.map(({ url }) => url)).toEqual(['/warm']);
  });

  it.each<[when: string, code: string, end: (fence: AbortController) => Partial<HttpRequest>]>([
    ['at its deadline', 'timeout', () => ({ deadlineAt: performance.now() + 300 })],
    [
      'when its fence falls',
      'fenced',
      (fence) => {
        systemClock.setTimer(300, () => fence.abort(new Error('the term is over')));
        return { fenceSignal: fence.signal };
      },
    ],
  ])('cuts a write %s, so that what the kernel still holds never arrives', async (_, code, end) => {
    const relay = await startRelay(server.port);
    const { transport } = transportTo({ ...server.config, server: `https://127.0.0.1:${relay.port}` });
    open.push(transport);
    await transport.request(get('/warm'));
    relay.hold();
    // More than the relay's kernel takes, less than ours does.
    const fence = new AbortController();
    const body = { text: 'x'.repeat(1_500_000) };
    const write = transport.request(post('/write', { body, ...end(fence) }));
    await expect(write).rejects.toMatchObject({ code });
    expect(getEventListeners(fence.signal, 'abort')).toHaveLength(0);
    await relay.release();
    expect(server.received.map(({ url }) => url)).toEqual(['/warm']);
    await relay.close();
  });
});

it('puts a span around each call, its tries included, when it is given the means', async () => {
  const spans: unknown[] = [];
  const { transport } = connect({
    traced: (name, attributes, run, options) => {
      spans.push([name, typeof attributes === 'function' ? attributes() : attributes, options?.kind]);
      return run(trace.getTracer('none').startSpan('none'));
    },
  });
  const answers = [429, 200];
  server.answerWith((_, response) => json(response, {}, answers.shift()));
  await transport.request(post('/x'));
  expect(spans).toEqual([
    [
      'HTTP POST',
      {
        'http.request.method': 'POST',
        'kubernetes.call': 'create /x',
        'server.address': `127.0.0.1:${server.port}`,
      },
      'client',
    ],
  ]);
  expect(server.received).toHaveLength(2);
});

describe('the server says', () => {
  it('what is deprecated: told once per text', async () => {
    const told: { text: string; what: string }[] = [];
    server.answerWith((_, response) => {
      response.setHeader('warning', ['299 - "v1beta1 is \\"old\\""', '299 - "field x"']);
      json(response, {});
    });
    const { transport } = connect({ onWarning: (warning) => void told.push(warning) });
    await transport.request(get('/a'));
    await transport.request(get('/b'));
    expect(told).toEqual([
      { text: 'v1beta1 is "old"', what: 'get /a' },
      { text: 'field x', what: 'get /a' },
    ]);
  });

  it('nothing of us but what it needs: several groups travel as several lines', async () => {
    const { transport } = connect();
    await transport.request(
      get('/x', {
        impersonate: { user: 'ann', uid: '7', groups: ['a', 'b'], extra: { 'Example.com/team': ['x', 'y'] } },
      }),
    );
    const raw = server.received[0]?.rawHeaders ?? [];
    const lines = raw.flatMap((name, index) =>
      index % 2 === 0 ? [`${name.toLowerCase()}: ${raw[index + 1]}`] : [],
    );
    expect(lines.filter((line) => line.startsWith('impersonate'))).toEqual([
      'impersonate-user: ann',
      'impersonate-uid: 7',
      'impersonate-group: a',
      'impersonate-group: b',
      'impersonate-extra-example.com%2fteam: x',
      'impersonate-extra-example.com%2fteam: y',
    ]);
    const refused = [
      get('/x', { impersonate: { user: '', groups: ['a'] } }),
      get('/x', { impersonate: { user: 'ann\r\nimpersonate-group: system:masters' } }),
      get('/x', { accept: 'a\nb: c' }),
      get('/x HTTP/1.1\r\nhost: y\r\n\r\nGET /y'),
    ];
    for (const request of refused) {
      await expect(transport.request(request)).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(server.received).toHaveLength(1);
  });
});

/** A clock that knows how many of its timers are set. */
function countingClock(): { clock: Clock; timers: () => number } {
  const set = new Set<object>();
  const setTimer: Clock['setTimer'] = (ms, fn) => {
    const id = {};
    set.add(id);
    const timer = systemClock.setTimer(ms, () => {
      set.delete(id);
      fn();
    });
    return {
      cancel() {
        set.delete(id);
        timer.cancel();
      },
    };
  };
  return { clock: { ...systemClock, setTimer, sleep: sleepWith(setTimer) }, timers: () => set.size };
}

describe('after calls of all fates', () => {
  it('nothing is left: no place, timer, listener, stream or connection that is not idle', async () => {
    const random = createSeededRandom(7);
    server.answerWith((request, response) => {
      const fate = Math.floor(random.next() * 8);
      if (fate === 0) return request.socket.destroy();
      if (fate === 1) return undefined;
      if (fate === 2) return response.writeHead(200).write('{"half":');
      if (fate === 3) return json(response, {}, 429);
      if (fate === 4) return json(response, { message: 'x' }, 503);
      return json(response, { text: 'x'.repeat(5_000) });
    });
    const { clock, timers } = countingClock();
    const { transport } = connect({ clock, maxInFlight: 8 });
    const process = new AbortController();
    const one = async (index: number): Promise<void> => {
      const given = new AbortController();
      const timeoutMs = 20 + random.next() * 200;
      const signal = index % 3 === 0 ? given.signal : process.signal;
      const stop = clock.setTimer(random.next() * 200, () => given.abort());
      try {
        if (index % 5 > 0)
          return void (await transport.request({
            ...get('/x'),
            timeoutMs,
            signal,
            idempotent: index % 2 === 0,
            retry: index % 7 > 0,
          }));
        for await (const chunk of await transport.stream(
          get('/s', { timeoutMs, signal: AbortSignal.any([signal, given.signal]) }),
        ))
          if (chunk.length > 4_000) return;
      } finally {
        stop.cancel();
      }
    };
    const ends: PromiseSettledResult<void>[] = [];
    for (let wave = 0; wave < 20; wave++) {
      const calls = Array.from({ length: 12 }, (_, index) => one(wave * 12 + index));
      ends.push(...(await Promise.allSettled(calls)));
    }
    const codes = new Set(
      ends.map((end) => (end.status === 'rejected' ? (end.reason as OperatorError).code : 'ok')),
    );
    expect([...codes].sort()).toEqual(['aborted', 'network', 'ok', 'throttled', 'timeout', 'unavailable']);
    await eventually('all has ended', () => {
      expect(transport.stats()).toMatchObject({ inFlight: 0, waiting: 0, streams: 0 });
      // At most 8 calls and the streams of one wave were ever under way at once.
      expect(transport.stats().connections).toBeLessThanOrEqual(8 + 12);
      expect(timers()).toBe(0);
    });
    expect(getEventListeners(process.signal, 'abort')).toHaveLength(0);
    await eventually('the server sees the same', () =>
      expect(server.sockets().size).toBe(transport.stats().connections),
    );
  }, 30_000);
});
