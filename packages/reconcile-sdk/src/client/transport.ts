import type { IncomingMessage } from 'node:http';
import { type Clock, type Random } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import type { traced as tracedType } from '../tracing/index.ts';
import { parseJson, readExcerpt, readText } from './answer-body.ts';
import { createCallLimit, type CallLimit } from './call-limit.ts';
import { type ClusterConfig } from './cluster-config.ts';
import { type ConnectionPool } from './connection-pool.ts';
import { createCredentials } from './credentials/credentials.ts';
import { failureOf, isDistrust, unlessAborted } from './failure.ts';
import { type CallRecord, type HttpRequest, type Transport } from './http-request.ts';
import { createInFlight } from './in-flight.ts';
import { createOpenStreams } from './open-streams.ts';
import { createPoolKeeper } from './pool-keeper.ts';
import { headersOf, warningTexts } from './request-headers.ts';
import { retrying, type Attempt } from './retrying.ts';
import { errorFromAnswer } from './status-error.ts';

/** One API server, one user, and who is told what happens. */
export interface TransportOptions {
  config: ClusterConfig;
  clock: Clock;
  random: Random;
  userAgent: string;
  /** Calls under way at once; more wait in order, within their deadlines. Watches do not count. Default 32. */
  maxInFlight?: number;
  /** Of an answer; a watch has no bound. Default 256 MiB. */
  maxAnswerBytes?: number;
  /** Every finished try. */
  onCall?: (call: CallRecord) => void;
  /** The look-up of the API server's name took so long; none where it is given as an address. */
  onLookup?: (lookup: { host: string; seconds: number }) => void;
  /** A warning of the API server (`Warning` header: deprecated versions and fields), once per text. */
  onWarning?: (warning: { text: string; what: string }) => void;
  /** Renewed credentials that cannot be used, once per reason; the old ones stay in use. */
  onProblem?: (error: OperatorError) => void;
  /** The SDK's `traced`, for a span around each call. Given and not imported: a thread without spans loads none of it. */
  traced?: typeof tracedType;
}

/** A transport over TCP, and what it holds. */
export interface HttpTransport extends Transport {
  stats(): TransportStats;
}

/** What a transport holds at one moment, and how many connections it has ever opened. */
export interface TransportStats {
  /** Connections that are open now. */
  connections: number;
  /** Connections opened since the start: stands still while they are reused. */
  connectionsOpened: number;
  inFlight: number;
  waiting: number;
  streams: number;
}

const maxErrorBytes = 65_536;
const maxWarnings = 1_000;

/**
 * HTTP/1.1 on Node's own client, one pool of connections per cluster and credential. Connections are kept and
 * reused; a watch holds one to itself and takes no other call's place. No HTTP/2: a dead connection is invisible
 * there without pings, and takes all watches along.
 */
export function createTransport(options: TransportOptions): HttpTransport {
  const { config, clock, random, onCall, onWarning, onProblem, traced } = options;
  const credentials = createCredentials({ config, clock, ...(onProblem ? { onProblem } : {}) });
  const pools = createPoolKeeper(config, clock, (seconds) =>
    options.onLookup?.({ host: pools.host, seconds }),
  );
  const inFlight = createInFlight(options.maxInFlight ?? 32);
  const streams = createOpenStreams(clock, pools, credentials);
  const limits = new Set<CallLimit>();
  const warned = new Set<string>();
  let isClosed = false;

  function warn(response: IncomingMessage, what: string): void {
    if (!onWarning) return;
    for (const text of warningTexts(response.headersDistinct['warning'])) {
      if (warned.has(text) || warned.size >= maxWarnings) continue;
      warned.add(text);
      onWarning({ text, what });
    }
  }

  /** One try: the head of a 2xx. */
  async function send(request: HttpRequest, limit: CallLimit, attempt: Attempt): Promise<Answer> {
    const identity = await unlessAborted(credentials.current(), limit.signal);
    attempt.identity = identity;
    const pool = pools.poolFor(identity.tls);
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const began = clock.monotonic();
    const record = (status: number, response?: IncomingMessage): void =>
      onCall?.({
        method: request.method,
        status,
        seconds: (clock.monotonic() - began) / 1000,
        waitedSeconds: (began - attempt.startedAt) / 1000,
        attempt: attempt.number,
        host: pools.host,
        requestBytes: body === undefined ? 0 : Buffer.byteLength(body),
        ...sizeOf(response),
      });
    let response: IncomingMessage;
    try {
      response = await pool.send({
        method: request.method,
        path: pools.basePath + request.path,
        headers: {
          host: pools.host,
          'user-agent': options.userAgent,
          ...headersOf(request, body, identity.authorization, request.impersonate ?? config.impersonate),
        },
        body,
        signal: limit.signal,
        beforeSend() {
          // After a stall of this process the timer that should have ended the call may not have fired yet.
          limit.check();
          request.beforeSend?.();
        },
        onSent: () => void (attempt.sent = true),
      });
    } catch (cause) {
      record(0);
      if (isDistrust(cause)) await credentials.reread();
      throw cause;
    }
    const status = response.statusCode ?? 0;
    record(status, response);
    warn(response, request.what);
    if (status >= 200 && status < 300) return { response, pool };
    const text = await readExcerpt(response, maxErrorBytes);
    throw errorFromAnswer(status, text, response.headers['retry-after'], clock.now(), request.what);
  }

  /** Runs tries under the call's limit. The limit is released unless the call succeeds and `keepLimit` is set. */
  async function call<T>(
    request: HttpRequest,
    run: (attempt: Attempt, limit: CallLimit) => Promise<T>,
    keepLimit = false,
  ): Promise<T> {
    const { timeoutMs, deadlineAt, signal, fenceSignal, what } = request;
    const limit = createCallLimit({
      clock,
      timeoutMs,
      what,
      ...(deadlineAt === undefined ? {} : { deadlineAt }),
      ...(signal ? { signal } : {}),
      ...(fenceSignal ? { fenceSignal } : {}),
      onRelease: () => void limits.delete(limit),
    });
    limits.add(limit);
    if (isClosed) limit.abort(closedError(what));
    let succeeded = false;
    try {
      const renew = (rejected: Parameters<typeof credentials.renew>[0]) =>
        unlessAborted(credentials.renew(rejected), limit.signal);
      const result = await retrying({ request, limit, clock, random, renew }, (attempt) =>
        run(attempt, limit),
      );
      succeeded = true;
      return result;
    } catch (cause) {
      throw failureOf(cause, what, limit);
    } finally {
      if (!succeeded || !keepLimit) limit.release();
    }
  }

  async function ask(request: HttpRequest, limit: CallLimit, attempt: Attempt): Promise<unknown> {
    const leave = await inFlight.enter(limit.signal, request);
    try {
      const { response } = await send(request, limit, attempt);
      const maxBytes = request.maxBytes ?? options.maxAnswerBytes ?? 268_435_456;
      return parseJson(await readText(response, maxBytes, request.what), request.what);
    } finally {
      leave();
    }
  }

  return {
    request(request) {
      const run = (): Promise<unknown> => call(request, (attempt, limit) => ask(request, limit, attempt));
      const attributes = () => ({
        'kubernetes.call': request.what,
        'http.request.method': request.method,
        'server.address': pools.host,
      });
      return traced ? traced(`HTTP ${request.method}`, attributes, run, { kind: 'client' }) : run();
    },
    stream: (request) =>
      call(
        { ...request, retry: false },
        async (attempt, limit) => {
          const { response, pool } = await send(request, limit, attempt);
          limit.liftDeadline();
          return streams.add(response, pool, limit, request.what);
        },
        true,
      ),
    stats() {
      const { open, opened } = pools.counts();
      const { running, waiting } = inFlight.counts();
      return {
        connections: open,
        connectionsOpened: opened,
        inFlight: running,
        waiting,
        streams: streams.size(),
      };
    },
    close() {
      isClosed = true;
      for (const limit of limits) limit.abort(closedError('the call'));
      pools.destroy();
      return Promise.resolve();
    },
  };
}

interface Answer {
  response: IncomingMessage;
  pool: ConnectionPool;
}

/** As the server told it; an answer in chunks has none. */
function sizeOf(response: IncomingMessage | undefined): { responseBytes?: number } {
  const length = Number(response?.headers['content-length'] ?? NaN);
  return Number.isFinite(length) ? { responseBytes: length } : {};
}

const closedError = (what: string): OperatorError =>
  new OperatorError('aborted', `${what}: the client is closed`);
