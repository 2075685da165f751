import { readFile } from 'node:fs/promises';
import { Pool, type Dispatcher } from 'undici';
import { backoff, type Clock, type Random } from '../clock/index.ts';
import { OperatorError, type ErrorCode } from '../errors/index.ts';
import { type ClusterConfig } from './kubeconfig.ts';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  path: string;
  contentType?: string;
  accept?: string;
  body?: unknown;
  signal?: AbortSignal;
  /** The whole call, retries included, ends by then. */
  timeoutMs: number;
  /** The same request may be sent twice without harm, so a lost answer is asked for again. */
  idempotent: boolean;
  /** What it is, for people: `get pods default/pg-0`. */
  what: string;
}

/** One finished call, for metrics. `status` 0: no answer. */
export interface CallRecord {
  method: string;
  status: number;
  seconds: number;
}

/** HTTP to one API server as one user. */
export interface Transport {
  /** The parsed JSON answer of a 2xx; everything else is thrown as an OperatorError. */
  request(request: HttpRequest): Promise<unknown>;
  /** The body of a 2xx as it arrives, until the server ends it or the signal aborts. */
  stream(request: HttpRequest): Promise<AsyncIterable<Buffer>>;
  close(): Promise<void>;
}

export interface TransportOptions {
  config: ClusterConfig;
  clock: Clock;
  random: Random;
  userAgent: string;
  /** Calls under way at once; more wait. Watches do not count. Default 16. */
  maxConnections?: number;
  onCall?: (call: CallRecord) => void;
}

const maxTries = 4;
/** A projected token is renewed long before it ends; reading it once a minute is early enough. */
const tokenMaxAgeMs = 60_000;

/**
 * One undici pool for calls and one for watches, so that watches, which hold a connection each, never starve
 * calls. Connections are kept and reused. HTTP/1.1: a dead HTTP/2 connection is invisible without pings.
 */
export function createTransport(options: TransportOptions): Transport {
  const { config, clock, random } = options;
  const connect = {
    ...(config.ca ? { ca: config.ca } : {}),
    ...(config.clientCertificate ?? {}),
    ...(config.serverName ? { servername: config.serverName } : {}),
    ...(config.insecureSkipVerify ? { rejectUnauthorized: false } : {}),
    timeout: 5_000,
    keepAlive: true,
  };
  const common: Pool.Options = { connect, allowH2: false, headersTimeout: 0, bodyTimeout: 0, pipelining: 1 };
  const calls = new Pool(config.server, {
    ...common,
    connections: options.maxConnections ?? 16,
    keepAliveTimeout: 60_000,
  });
  const watches = new Pool(config.server, { ...common, connections: null, keepAliveTimeout: 1_000 });
  const token = createTokenSource(config, clock);

  async function send(
    pool: Pool,
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const bearer = await token.read();
    const started = clock.monotonic();
    const record = (status: number): void =>
      options.onCall?.({ method: request.method, status, seconds: (clock.monotonic() - started) / 1000 });
    try {
      const response = await pool.request({
        method: request.method,
        path: request.path,
        signal,
        headers: {
          accept: request.accept ?? 'application/json',
          'user-agent': options.userAgent,
          ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
          ...(request.body === undefined
            ? {}
            : { 'content-type': request.contentType ?? 'application/json' }),
        },
        body: request.body === undefined ? null : JSON.stringify(request.body),
      });
      record(response.statusCode);
      if (response.statusCode === 401) token.forget();
      return response;
    } catch (cause) {
      record(0);
      throw cause;
    }
  }

  async function attempt(
    pool: Pool,
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const response = await send(pool, request, signal);
    if (response.statusCode >= 200 && response.statusCode < 300) return response;
    throw await errorFrom(response, request.what);
  }

  /** Runs `run` under the caller's signal and the call's deadline, and retries what may be retried. */
  async function withRetries<T>(request: HttpRequest, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = clock.monotonic() + request.timeoutMs;
    for (let tries = 1; ; tries++) {
      const limit = new AbortController();
      const timer = clock.setTimer(deadline - clock.monotonic(), () => limit.abort());
      const signal = request.signal ? AbortSignal.any([request.signal, limit.signal]) : limit.signal;
      let failure: OperatorError;
      try {
        return await run(signal);
      } catch (cause) {
        failure = classify(cause, request, limit.signal.aborted);
      } finally {
        timer.cancel();
      }
      const wait = failure.retryAfterMs ?? backoff(tries, { baseMs: 100, maxMs: 2_000 }, random);
      if (tries >= maxTries || !mayRetry(failure, request) || clock.monotonic() + wait >= deadline)
        throw failure;
      await clock.sleep(wait, request.signal);
    }
  }

  return {
    request: (request) =>
      withRetries(request, async (signal) => {
        const response = await attempt(calls, request, signal);
        return parseJson(await response.body.text(), request.what);
      }),
    async stream(request) {
      // The deadline is for the answer to begin; how long it lasts is the caller's affair.
      const limit = new AbortController();
      const timer = clock.setTimer(request.timeoutMs, () => limit.abort());
      const ended = new AbortController();
      const signals = [limit.signal, ended.signal, ...(request.signal ? [request.signal] : [])];
      try {
        const response = await attempt(watches, request, AbortSignal.any(signals));
        return response.body as AsyncIterable<Buffer>;
      } catch (cause) {
        throw classify(cause, request, limit.signal.aborted);
      } finally {
        timer.cancel();
      }
    },
    async close() {
      await Promise.all([calls.destroy(), watches.destroy()]);
    },
  };
}

function mayRetry(failure: OperatorError, request: HttpRequest): boolean {
  switch (failure.code) {
    // The server refused before doing anything.
    case 'throttled':
      return true;
    case 'unauthorized':
    case 'network':
    case 'unavailable':
      return request.idempotent;
    default:
      return false;
  }
}

function classify(cause: unknown, request: HttpRequest, timedOut: boolean): OperatorError {
  if (cause instanceof OperatorError) return cause;
  if (request.signal?.aborted) return new OperatorError('aborted', `${request.what}: given up`, { cause });
  if (timedOut)
    return new OperatorError('timeout', `${request.what}: no answer within ${request.timeoutMs / 1000} s`, {
      cause,
    });
  return new OperatorError('network', `${request.what}: the API server cannot be reached`, { cause });
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new OperatorError('bad-response', `${what}: the answer is not JSON`, { cause });
  }
}

interface KubeStatus {
  message?: string;
  reason?: string;
  details?: { retryAfterSeconds?: number };
}

async function errorFrom(response: Dispatcher.ResponseData, what: string): Promise<OperatorError> {
  const text = await response.body.text();
  let status: KubeStatus = {};
  try {
    status = JSON.parse(text) as KubeStatus;
  } catch {
    status = { message: text.slice(0, 500) };
  }
  const header = Number(response.headers['retry-after']);
  const seconds = status.details?.retryAfterSeconds ?? (Number.isFinite(header) ? header : undefined);
  return errorFromStatus(response.statusCode, status, what, seconds);
}

/** An API server's Status as an OperatorError; also for the Status that a watch delivers as an event. */
export function errorFromStatus(
  httpStatus: number,
  status: { message?: string; reason?: string },
  what: string,
  retryAfterSeconds?: number,
): OperatorError {
  const detail = status.message ?? `HTTP ${httpStatus}`;
  return new OperatorError(codeOf(httpStatus, status.reason), `${what}: ${detail}`, {
    httpStatus,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterMs: retryAfterSeconds * 1000 }),
  });
}

function codeOf(httpStatus: number, reason: string | undefined): ErrorCode {
  if (reason === 'AlreadyExists') return 'already-exists';
  switch (httpStatus) {
    case 400:
    case 405:
    case 415:
    case 422:
      return 'invalid';
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 409:
      return 'conflict';
    case 410:
      return 'gone';
    case 429:
      return 'throttled';
    case 504:
      return 'timeout';
    default:
      return httpStatus >= 500 ? 'unavailable' : 'bad-response';
  }
}

function createTokenSource(
  config: ClusterConfig,
  clock: Clock,
): { read(): Promise<string | undefined>; forget(): void } {
  const source = config.token;
  if (!source) return { read: () => Promise.resolve(undefined), forget: () => undefined };
  if ('value' in source) return { read: () => Promise.resolve(source.value), forget: () => undefined };
  let held: { text: string; readAt: number } | undefined;
  return {
    async read() {
      if (held && clock.monotonic() - held.readAt < tokenMaxAgeMs) return held.text;
      try {
        held = { text: (await readFile(source.file, 'utf8')).trim(), readAt: clock.monotonic() };
      } catch (cause) {
        // A token that was good a minute ago is a better guess than none while the volume is being swapped.
        if (!held)
          throw new OperatorError('bad-configuration', `cannot read the token in ${source.file}`, { cause });
      }
      return held.text;
    },
    forget() {
      held = undefined;
    },
  };
}
