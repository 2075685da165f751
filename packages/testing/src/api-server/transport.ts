import {
  OperatorError,
  errorFromStatus,
  type Clock,
  type HttpRequest,
  type KubeStatus,
  type Transport,
} from '@stateful/reconcile-sdk';
import { type ApiAnswer, type ApiRequest, type ApiWatch } from './exchange.ts';
import { copyJson } from './json.ts';

/** What comes between a client and its server. Each may throw, which is what the client then sees. */
export interface TransportFaults {
  /** Before the server sees the request. */
  before?: (request: HttpRequest) => Promise<void> | void;
  /** After it has answered: the request took effect, and its answer may be lost. */
  after?: (request: HttpRequest, answer: ApiAnswer) => Promise<void> | void;
}

export interface InProcessTransportOptions {
  answer: (request: ApiRequest) => Promise<ApiAnswer>;
  watch: (request: ApiRequest) => Promise<ApiAnswer | ApiWatch>;
  clock: Clock;
  faults?: TransportFaults;
  user?: string;
  groups?: readonly string[];
  token?: string;
}

const plain = (
  { method, path, contentType, accept, body, impersonate }: HttpRequest,
  identity: Pick<ApiRequest, 'user' | 'groups' | 'token'>,
): ApiRequest => ({
  ...identity,
  method,
  path,
  ...(contentType ? { contentType } : {}),
  ...(accept ? { accept } : {}),
  ...(body === undefined ? {} : { body: copyJson(body) }),
  ...(impersonate ? { impersonate } : {}),
});

/** The SDK's transport without sockets. Nothing is retried: what fails is what the test wants to see. */
export function createInProcessTransport({
  answer: answerTo,
  watch,
  clock,
  faults,
  user,
  groups,
  token,
}: InProcessTransportOptions): Transport {
  const identity = { ...(user ? { user } : {}), ...(groups ? { groups } : {}), ...(token ? { token } : {}) };
  const open = new Set<() => void>();
  let isClosed = false;

  function check({ what, signal, fenceSignal, deadlineAt }: HttpRequest): void {
    if (isClosed) throw new OperatorError('aborted', `${what}: the client is closed`);
    if (fenceSignal?.aborted) {
      throw new OperatorError('fenced', `${what}: this process may no longer write`, {
        cause: fenceSignal.reason,
      });
    }
    if (signal?.aborted) throw new OperatorError('aborted', `${what}: given up`, { cause: signal.reason });
    if (deadlineAt !== undefined && clock.monotonic() >= deadlineAt) {
      throw new OperatorError('timeout', `${what}: its time is over`);
    }
  }
  const failure = ({ status, body }: ApiAnswer, what: string): OperatorError =>
    errorFromStatus(status, body as KubeStatus, what);

  return {
    async request(request) {
      // As a real one, it answers later than it is called.
      await Promise.resolve();
      check(request);
      await faults?.before?.(request);
      check(request);
      request.beforeSend?.();
      const answer = await answerTo(plain(request, identity));
      await faults?.after?.(request, answer);
      check(request);
      if (answer.status < 200 || answer.status >= 300) throw failure(answer, request.what);
      // What a client does with an answer is its own affair.
      return copyJson(answer.body);
    },
    async stream(request) {
      await Promise.resolve();
      check(request);
      await faults?.before?.(request);
      const answer = await watch(plain(request, identity));
      if ('status' in answer) throw failure(answer, request.what);
      return linesOf(answer, request, open);
    },
    close() {
      isClosed = true;
      for (const end of [...open]) end();
      return Promise.resolve();
    },
  };
}

/** A watch as lines of JSON, until either side ends it. */
function linesOf(
  watch: ApiWatch,
  { signal, what }: HttpRequest,
  open: Set<() => void>,
): AsyncIterable<Buffer> {
  const queue: Buffer[] = [];
  let wake: () => void = () => undefined;
  let ended = false;
  let broken: OperatorError | undefined;
  const stir = (): void => wake();
  watch.onEvent((event) => {
    queue.push(Buffer.from(`${JSON.stringify(event)}\n`));
    stir();
  });
  watch.onEnd(() => {
    ended = true;
    stir();
  });
  const give = (code: 'aborted', text: string): void => {
    broken = new OperatorError(code, `${what}: ${text}`, { cause: signal?.reason });
    watch.stop();
    stir();
  };
  const onAbort = (): void => give('aborted', 'given up');
  const close = (): void => give('aborted', 'the client is closed');
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  open.add(close);
  async function* lines(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (;;) {
        if (broken) throw broken;
        const line = queue.shift();
        if (line) yield line;
        else if (ended) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      watch.stop();
      open.delete(close);
      signal?.removeEventListener('abort', onAbort);
    }
  }
  return lines();
}
