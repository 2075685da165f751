import { Client, credentials, Metadata, status as grpcStatus, type ServiceError } from '@grpc/grpc-js';
import { OperatorError, type Clock, type ErrorCode } from '@stateful/reconcile-sdk';
import {
  methods,
  type Alarm,
  type HashAnswer,
  type Member,
  type MemberStatus,
  type Method,
  type SnapshotMessage,
} from './messages.ts';

/** How the members of a cluster are reached. */
export interface EtcdAccess {
  /** PEM. `caPem` absent: the public authorities. */
  readonly tls?: {
    readonly caPem?: string;
    readonly certPem?: string;
    readonly keyPem?: string;
    readonly serverName?: string;
  };
  readonly auth?: { readonly name: string; readonly password: string };
}

/** One member. Every call has a deadline and throws OperatorError. */
export interface EtcdMember {
  readonly endpoint: string;
  status(signal?: AbortSignal): Promise<MemberStatus>;
  members(signal?: AbortSignal): Promise<Member[]>;
  alarms(signal?: AbortSignal): Promise<Alarm[]>;
  /** A linearizable read: how far the cluster is. Needs a quorum. */
  revision(signal?: AbortSignal): Promise<number>;
  hashKV(revision: number, signal?: AbortSignal): Promise<HashAnswer>;
  /** The database as it stands at one moment. Ends with an error when nothing comes for `idleMs`. */
  snapshot(options: { signal?: AbortSignal; idleMs: number }): AsyncGenerator<SnapshotMessage>;
  close(): void;
}

const callMs = 10_000;
/** Node's 64 KiB would bound a stream to 6.5 MB/s at 10 ms round trip. */
const windowBytes = 8 * 1024 * 1024;

const codes: Partial<Record<grpcStatus, ErrorCode>> = {
  [grpcStatus.DEADLINE_EXCEEDED]: 'timeout',
  [grpcStatus.UNAVAILABLE]: 'unavailable',
  [grpcStatus.CANCELLED]: 'aborted',
  [grpcStatus.PERMISSION_DENIED]: 'forbidden',
  [grpcStatus.UNAUTHENTICATED]: 'unauthorized',
  [grpcStatus.RESOURCE_EXHAUSTED]: 'throttled',
  [grpcStatus.OUT_OF_RANGE]: 'gone',
};

const explained = (endpoint: string, path: string, error: unknown): OperatorError => {
  if (error instanceof OperatorError) return error;
  const { code, details } = error as ServiceError;
  return new OperatorError(
    codes[code] ?? 'bad-response',
    `etcd at ${endpoint} answered ${path.split('/').at(-1)} with ${grpcStatus[code] ?? 'an error'}: ${details ?? String(error)}`,
    { cause: error },
  );
};

/** Opens a member; nothing is asked of it before the first call. */
export function openMember(endpoint: string, access: EtcdAccess, clock: Clock): EtcdMember {
  const { host, protocol } = new URL(endpoint);
  const { tls, auth } = access;
  const pem = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
  const client = new Client(
    host,
    protocol === 'https:'
      ? credentials.createSsl(pem(tls?.caPem), pem(tls?.keyPem), pem(tls?.certPem))
      : credentials.createInsecure(),
    {
      'grpc-node.flow_control_window': windowBytes,
      'grpc.max_receive_message_length': 64 * 1024 * 1024,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.initial_reconnect_backoff_ms': 200,
      'grpc.max_reconnect_backoff_ms': 5_000,
      'grpc.keepalive_time_ms': 20_000,
      'grpc.keepalive_timeout_ms': 10_000,
      ...(tls?.serverName === undefined ? {} : { 'grpc.ssl_target_name_override': tls.serverName }),
    },
  );
  let token: string | undefined;

  function unary<Request, Answer>(
    { path, write, read }: Method<Request, Answer>,
    request: Request,
    metadata: Metadata,
    signal?: AbortSignal,
  ): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const call = client.makeUnaryRequest(
        path,
        write,
        read,
        request,
        metadata,
        { deadline: new Date(clock.now() + callMs) },
        (error, answer) => {
          signal?.removeEventListener('abort', cancel);
          if (error) reject(explained(endpoint, path, error));
          else resolve(answer as Answer);
        },
      );
      const cancel = (): void => call.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  /** Simple tokens end and belong to one server: a refused one is asked for anew, once. */
  async function signedIn<T>(
    signal: AbortSignal | undefined,
    ask: (metadata: Metadata) => Promise<T>,
  ): Promise<T> {
    const metadata = async (): Promise<Metadata> => {
      const result = new Metadata();
      if (auth) {
        token ??= await unary(methods.authenticate, auth, new Metadata(), signal);
        result.set('token', token);
      }
      return result;
    };
    try {
      return await ask(await metadata());
    } catch (error) {
      if (!auth || !(error instanceof OperatorError) || error.code !== 'unauthorized') throw error;
      token = undefined;
      return ask(await metadata());
    }
  }
  const call = <Request, Answer>(
    what: Method<Request, Answer>,
    request: Request,
    signal?: AbortSignal,
  ): Promise<Answer> => signedIn(signal, (metadata) => unary(what, request, metadata, signal));

  return {
    endpoint,
    status: (signal) => call(methods.status, undefined, signal),
    members: (signal) => call(methods.members, undefined, signal),
    alarms: (signal) => call(methods.alarms, undefined, signal),
    revision: (signal) => call(methods.revision, undefined, signal),
    hashKV: (revision, signal) => call(methods.hashKV, revision, signal),
    async *snapshot({ signal, idleMs }) {
      const { path, write, read } = methods.snapshot;
      const metadata = await signedIn(signal, (signed) => Promise.resolve(signed));
      const stream = client.makeServerStreamRequest(path, write, read, undefined, metadata);
      const cancel = (): void => stream.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
      let isIdle = false;
      const watch = () =>
        clock.setTimer(idleMs, () => {
          isIdle = true;
          stream.cancel();
        });
      let timer = watch();
      try {
        for await (const message of stream as AsyncIterable<SnapshotMessage>) {
          // The store may be slow to take it: that is not the member's silence.
          timer.cancel();
          yield message;
          timer = watch();
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (isIdle) {
          throw new OperatorError(
            'timeout',
            `etcd at ${endpoint} sent nothing of its snapshot for ${idleMs / 1000} s`,
          );
        }
        throw explained(endpoint, path, error);
      } finally {
        timer.cancel();
        signal?.removeEventListener('abort', cancel);
        stream.cancel();
      }
    },
    close: () => client.close(),
  };
}
