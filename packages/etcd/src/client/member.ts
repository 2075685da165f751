import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { OperatorError, type Clock } from '@stateful/reconcile-sdk';
import { type EtcdAccess } from './access.ts';
import { explained, windowBytes } from './calls.ts';
import { streamSnapshot } from './snapshot-stream.ts';
import {
  methods,
  type Alarm,
  type HashAnswer,
  type Member,
  type MemberStatus,
  type Method,
  type SnapshotMessage,
} from './messages.ts';

/** One member. Every call has a deadline and throws OperatorError. */
export interface EtcdMember {
  readonly endpoint: string;
  status(signal?: AbortSignal): Promise<MemberStatus>;
  members(signal?: AbortSignal): Promise<Member[]>;
  alarms(signal?: AbortSignal): Promise<Alarm[]>;
  /** A linearizable read: how far the cluster is. Needs a quorum. */
  revision(signal?: AbortSignal): Promise<number>;
  hashKV(revision: number, signal?: AbortSignal): Promise<HashAnswer>;
  /** How many keys are alive at a revision; 0: the newest. */
  keyCount(revision: number, signal?: AbortSignal): Promise<number>;
  /**
   * The database as it stands at one moment. A piece is valid until the next is asked for. Ends with an error when nothing comes for
   * `idleMs`.
   */
  snapshot(options: { signal?: AbortSignal; idleMs: number }): AsyncGenerator<SnapshotMessage>;
  close(): void;
}

const callMs = 10_000;

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
    { path, write, read, deadlineMs = callMs }: Method<Request, Answer>,
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
        { deadline: new Date(clock.now() + deadlineMs) },
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
    keyCount: (revision, signal) => call(methods.keyCount, revision, signal),
    async *snapshot({ signal, idleMs }) {
      if (auth) token ??= await unary(methods.authenticate, auth, new Metadata(), signal);
      yield* streamSnapshot({ endpoint, tls, token, clock, signal, idleMs });
    },
    close: () => client.close(),
  };
}
