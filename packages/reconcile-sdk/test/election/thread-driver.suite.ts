import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock, systemRandom } from '../../src/clock/index.ts';
import { type Lease } from '../../src/client/index.ts';
import { type OperatorError } from '../../src/errors/index.ts';
import { createLogger } from '../../src/logging/index.ts';
import { createKubeDouble } from '../../test/kube-double.ts';
import { createLeaseStore, type LeaseStore } from './lease-store.ts';
import { createElector, type ElectorOptions } from '../../src/election/elector.ts';

/** As operators have them, but for the pace: a busy machine loses no Lease here. */
const patient = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 100 };
/** For tests that wait for a term to be over. */
const short = { durationMs: 2_000, renewDeadlineMs: 1_200, retryMs: 100 };

describe('an election in a thread', () => {
  let store: LeaseStore;
  let server: Server;
  let isDown: boolean;
  let agents: Set<string>;
  let stops: { stop: AbortController; running: Promise<void> }[];

  beforeEach(async () => {
    store = createLeaseStore();
    isDown = false;
    agents = new Set();
    stops = [];
    server = createServer((request, response) => {
      agents.add(request.headers['user-agent'] ?? '');
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        // As a black hole does: nothing comes back.
        if (isDown) return;
        try {
          const text = Buffer.concat(parts).toString();
          const lease = request.method === 'GET' ? store.get() : store.put(JSON.parse(text) as Lease);
          response.statusCode = lease ? 200 : 404;
          response.end(JSON.stringify(lease ?? { message: 'not found' }));
        } catch (error) {
          const { httpStatus, code } = error as OperatorError;
          response.statusCode = httpStatus ?? 500;
          const reason = code === 'already-exists' ? 'AlreadyExists' : 'Conflict';
          response.end(JSON.stringify({ message: 'refused', reason }));
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    stops.forEach(({ stop }) => stop.abort());
    await Promise.allSettled(stops.map(({ running }) => running));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function stand(identity: string, options: Partial<ElectorOptions> = {}) {
    const lines: { level: string; msg: string; error?: string }[] = [];
    const elector = createElector({
      client: createKubeDouble().client,
      clock: systemClock,
      random: systemRandom,
      log: createLogger({
        name: 'test',
        destination: { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
      }),
      identity,
      lease: { namespace: 'ns', name: 'leader' },
      config: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, namespace: 'ns' },
      userAgent: 'widget-operator/leader-election',
      ...patient,
      ...options,
    });
    const stop = new AbortController();
    const terms: number[] = [];
    const running = elector.run(stop.signal, async (signal) => {
      terms.push(elector.epoch());
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    });
    stops.push({ stop, running });
    return { elector, stop, running, terms, lines };
  }
  async function until(what: string, isSo: () => boolean): Promise<void> {
    const deadline = performance.now() + 10_000;
    while (!isSo()) {
      if (performance.now() > deadline) throw new Error(`not within 10 s: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const renewals = (): number => Number(store.get()?.metadata?.resourceVersion ?? 0);

  it('wins, renews, fences without asking anybody, and releases on stop', async () => {
    const a = stand('a');
    await until('it leads', () => a.elector.holds());
    expect(a.elector.epoch()).toBe(0);
    a.elector.fence();
    await until('it has renewed', () => renewals() > 3);
    expect([...agents]).toEqual(['widget-operator/leader-election']);
    expect(store.get()?.spec?.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    a.stop.abort();
    await a.running;
    expect(store.get()?.spec).toMatchObject({ holderIdentity: '', leaseTransitions: 0 });
    expect(a.elector.holds()).toBe(false);
  });

  it('is over at its deadline when nothing answers, and leads again when something does', async () => {
    const a = stand('a', short);
    await until('it leads', () => a.elector.holds());
    const signal = a.elector.signal();
    isDown = true;
    await until('it is over', () => signal.aborted);
    expect(() => a.elector.fence()).toThrow('term 0 is over');
    isDown = false;
    await until('it leads again', () => a.elector.holds());
    expect(a.terms.slice(0, 2)).toEqual([0, 1]);
  });

  it('finds its term over by itself when the main thread has slept', async () => {
    const a = stand('a', short);
    await until('it leads', () => a.elector.holds());
    // The server lives in this thread too, so nothing is renewed meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, short.renewDeadlineMs + 100);
    expect(() => a.elector.fence()).toThrow('it was not renewed in time');
  });

  it('gives up at once while it stands by', async () => {
    const a = stand('a');
    await until('one leads', () => a.elector.holds());
    const b = stand('b');
    await until('the other stands by', () => b.lines.some(({ msg }) => msg === 'another process leads'));
    b.stop.abort();
    await b.running;
    expect(store.get()?.spec?.holderIdentity).toBe('a');
  });

  it('starts another thread when one has failed', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'election-'));
    try {
      const entry = join(dir, 'thread.mjs');
      writeFileSync(entry, "throw new Error('broken on purpose');\n");
      const a = stand('a', { thread: { entry: pathToFileURL(entry) } });
      const failures = (): number =>
        a.lines.filter(({ error }) => error?.includes('broken on purpose')).length;
      await until('it has failed and was tried again', () => failures() >= 2);
      expect(a.elector.holds()).toBe(false);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('says what is missing when a bundle has no module for the thread', () => {
    const entry = pathToFileURL('/nowhere/lease-thread.mjs');
    expect(() => stand('a', { thread: { entry } })).toThrow('has no module file:///nowhere/lease-thread.mjs');
  });
});
