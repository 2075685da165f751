import { type CallOptions } from './call-options.ts';
import { type Impersonation } from './cluster-config.ts';
import { type HttpRequest, type Transport } from './http-request.ts';

export interface ClientCallsOptions {
  transport: Transport;
  beforeWrite?: () => void;
  writeSignal?: () => AbortSignal;
  impersonate?: Impersonation;
}

/** What is said of a call by the client; its timing comes from the caller. */
type Call = Omit<HttpRequest, 'timeoutMs' | 'beforeSend' | 'fenceSignal' | 'signal' | 'deadlineAt'>;
type Read = Pick<Call, 'path' | 'what' | 'accept' | 'maxBytes'>;

/** Reads and writes of one client: what its options say goes into every one of them. */
export interface ClientCalls {
  read<T>(call: Read, options?: CallOptions, timeoutMs?: number): Promise<T>;
  /** Held back by `beforeWrite`, at once and whenever bytes are about to leave. */
  write<T>(call: Call, options?: CallOptions): Promise<T>;
  stream(call: Read, options?: CallOptions): Promise<AsyncIterable<Buffer>>;
}

const defaultTimeoutMs = 10_000;
const streamTimeoutMs = 30_000;

export function createClientCalls(clientOptions: ClientCallsOptions): ClientCalls {
  const { transport, beforeWrite, writeSignal, impersonate } = clientOptions;

  const requestOf = (call: Call, options: CallOptions = {}, timeoutMs = defaultTimeoutMs): HttpRequest => ({
    ...call,
    timeoutMs: options.timeoutMs ?? timeoutMs,
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.deadlineAt === undefined ? {} : { deadlineAt: options.deadlineAt }),
    ...(options.retry === undefined ? {} : { retry: options.retry }),
    ...(options.urgent ? { urgent: true } : {}),
    ...(impersonate ? { impersonate } : {}),
  });

  return {
    async read<T>(call: Read, options?: CallOptions, timeoutMs?: number) {
      const request = requestOf({ ...call, method: 'GET', idempotent: true }, options, timeoutMs);
      return (await transport.request(request)) as T;
    },
    async write<T>(call: Call, options?: CallOptions) {
      beforeWrite?.();
      return (await transport.request({
        ...requestOf(call, options),
        ...(beforeWrite ? { beforeSend: beforeWrite } : {}),
        ...(writeSignal ? { fenceSignal: writeSignal() } : {}),
      })) as T;
    },
    stream: (call, options) =>
      transport.stream(requestOf({ ...call, method: 'GET', idempotent: true }, options, streamTimeoutMs)),
  };
}
