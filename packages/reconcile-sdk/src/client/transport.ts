import { type Clock, type Random } from '../clock/index.ts';
import { type OperatorError } from '../errors/index.ts';
import type { traced as tracedType } from '../tracing/index.ts';
import { parseJson, type Answer } from './answer-body.ts';
import { type CallLimit } from './call-limit.ts';
import { createCalls } from './calls.ts';
import { type ClusterConfig } from './cluster-config.ts';
import { type ConnectionPool } from './connection-pool.ts';
import { createCredentials } from './credentials/credentials.ts';
import { isDistrust, unlessAborted } from './failure.ts';
import { type CallRecord, type HttpRequest, type Transport } from './http-request.ts';
import { createInFlight } from './in-flight.ts';
import { createOpenStreams } from './open-streams.ts';
import { createPoolKeeper } from './pool-keeper.ts';
import { requestText, warningTexts } from './request-headers.ts';
import { type Attempt } from './retrying.ts';
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

/** How a process gets at an API server: `createTransport`, or what stands in its place in a test. */
export type OpenTransport = (options: TransportOptions) => Transport;

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
 * HTTP/1.1, one pool of connections per cluster and credential. Connections are kept and
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
  const calls = createCalls({
    clock,
    random,
    renew: (rejected, limit) => unlessAborted(credentials.renew(rejected), limit),
  });
  const warned = new Set<string>();

  function warn(warnings: readonly string[], what: string): void {
    for (const text of warningTexts(warnings)) {
      if (warned.has(text) || warned.size >= maxWarnings) continue;
      warned.add(text);
      onWarning?.({ text, what });
    }
  }

  /** One try: the head of a 2xx. */
  async function send(
    request: HttpRequest,
    limit: CallLimit,
    attempt: Attempt,
  ): Promise<{ answer: Answer; pool: ConnectionPool }> {
    const identity = await unlessAborted(credentials.current(), limit);
    attempt.identity = identity;
    const pool = pools.poolFor(identity.tls);
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const requestBytes = body === undefined ? 0 : Buffer.byteLength(body);
    const text = requestText(
      {
        request,
        path: pools.basePath + request.path,
        host: pools.host,
        userAgent: options.userAgent,
        authorization: identity.authorization,
        impersonate: request.impersonate ?? config.impersonate,
      },
      body,
      requestBytes,
    );
    const began = clock.monotonic();
    const record = (answer: Answer | undefined): void =>
      onCall?.({
        method: request.method,
        status: answer?.status ?? 0,
        seconds: (clock.monotonic() - began) / 1000,
        waitedSeconds: (began - attempt.startedAt) / 1000,
        attempt: attempt.number,
        host: pools.host,
        requestBytes,
        // As the server told it; an answer in chunks has none.
        ...(answer?.contentLength === undefined ? {} : { responseBytes: answer.contentLength }),
      });
    let answer: Answer;
    try {
      answer = await pool.send({
        method: request.method,
        text,
        limit,
        beforeSend() {
          // After a stall of this process the timer that should have ended the call may not have fired yet.
          limit.check();
          request.beforeSend?.();
        },
        onSent: () => void (attempt.sent = true),
      });
    } catch (cause) {
      record(undefined);
      if (isDistrust(cause)) await credentials.reread();
      throw cause;
    }
    record(answer);
    if (answer.warnings.length > 0) warn(answer.warnings, request.what);
    const { status, retryAfter } = answer;
    if (status >= 200 && status < 300) return { answer, pool };
    throw errorFromAnswer(status, await answer.excerpt(maxErrorBytes), retryAfter, clock.now(), request.what);
  }

  async function ask(request: HttpRequest, limit: CallLimit, attempt: Attempt): Promise<unknown> {
    const leave = await inFlight.enter(limit, request);
    try {
      const { answer } = await send(request, limit, attempt);
      const maxBytes = request.maxBytes ?? options.maxAnswerBytes ?? 268_435_456;
      return parseJson(await answer.text(maxBytes, request.what), request.what);
    } finally {
      leave();
    }
  }

  return {
    request(request) {
      const run = (): Promise<unknown> =>
        calls.run(request, (attempt, limit) => ask(request, limit, attempt));
      const attributes = () => ({
        'kubernetes.call': request.what,
        'http.request.method': request.method,
        'server.address': pools.host,
      });
      return traced ? traced(`HTTP ${request.method}`, attributes, run, { kind: 'client' }) : run();
    },
    stream: (request) =>
      calls.run(
        { ...request, retry: false },
        async (attempt, limit) => {
          const { answer, pool } = await send(request, limit, attempt);
          limit.liftDeadline();
          return streams.add(answer, pool, limit, request.what);
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
      calls.close();
      pools.destroy();
      return Promise.resolve();
    },
  };
}
