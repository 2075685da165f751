import {
  createKubeClient,
  errorFromStatus,
  resources,
  type HttpRequest,
  type KubeClient,
  type KubeStatus,
  type Transport,
} from '@stateful/reconcile-sdk';
import { type ApiRequest } from '../../src/api-server/exchange.ts';
import { type Exchange } from './exchange.ts';
import { type ServedWebhook, type Webhook } from './webhook-server.ts';
import { createNormalizer, type Heard } from './transcript.ts';

/** What a scenario works with. Whatever it asks is written down with the whole answer. */
export interface World {
  /** A namespace of its own, which exists. */
  namespace: string;
  client: KubeClient;
  /** The same server under another field manager. */
  as(fieldManager: string): KubeClient;
  /** Runs a call that may fail: both outcomes are in the transcript. */
  attempt<T>(call: Promise<T>): Promise<T | undefined>;
  /** Past the client, for what it never sends. */
  ask(request: ApiRequest): Promise<unknown>;
  /** Writes down what is worth of an answer that was asked for quietly: a part of a document that holds much else. */
  note(what: string, value: unknown): void;
  /** Reads a watch until `count` events have come; they are written down. */
  events(
    body: Promise<AsyncIterable<Buffer>>,
    count: number,
    shown?: (event: unknown) => unknown,
  ): Promise<unknown[]>;
  /** A watch past the client, for what it never asks for. */
  stream(request: ApiRequest): Promise<AsyncIterable<Buffer>>;
  /**
   * Serves a webhook; what it is asked is written down, where several are asked at once in the order of their names.
   * Gives a `clientConfig`.
   */
  webhook(name: string, answer: Webhook, heardHow: HeardHow): Promise<ServedWebhook>;
  /** Gives the server the time that it needs to take in what it was told. */
  settle(ms: number): Promise<void>;
  /** Calls that are only scaffolding: not written down. */
  quietly<T>(call: () => Promise<T>): Promise<T>;
}

/** How the questions to a webhook are written down; not at all where the real server asks as often as it likes. */
export type HeardHow = 'in order' | 'in parallel' | 'unheard';

/** One thing that API servers do, told by asking them. */
export interface Scenario {
  name: string;
  run(world: World): Promise<void>;
}

/** Runs a scenario against a server and gives what it heard. */
export async function listen(
  exchange: Exchange,
  scenario: Scenario,
  namespace: string,
): Promise<readonly Heard[]> {
  const heard: Heard[] = [];
  const normalize = createNormalizer(namespace);
  let isQuiet = true;
  const hear = (what: string, status: number, body: unknown, warnings?: readonly string[]): void => {
    if (!isQuiet) heard.push(normalize({ what, status, body, ...(warnings ? { warnings } : {}) }));
  };
  const plain = (request: HttpRequest): ApiRequest => ({
    method: request.method,
    path: request.path,
    ...(request.contentType ? { contentType: request.contentType } : {}),
    ...(request.accept ? { accept: request.accept } : {}),
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  async function openStream(
    request: ApiRequest,
    { what, signal }: { what: string; signal?: AbortSignal } = { what: request.path },
  ): Promise<AsyncIterable<Buffer>> {
    const answer = await exchange.stream(request, signal ?? new AbortController().signal);
    if (!('status' in answer)) return answer;
    hear(what, answer.status, answer.body);
    throw errorFromStatus(answer.status, answer.body as KubeStatus, what);
  }
  const transport: Transport = {
    async request(request) {
      const { status, body, warnings } = await exchange.ask(plain(request));
      hear(request.what, status, body, warnings);
      if (status >= 200 && status < 300) return body;
      throw errorFromStatus(status, body as KubeStatus, request.what);
    },
    stream: (request) => openStream(plain(request), request),
    close: () => Promise.resolve(),
  };
  const client = createKubeClient({ transport, fieldManager: 'contract' });
  const world: World = {
    namespace,
    client,
    as: (fieldManager) => createKubeClient({ transport, fieldManager }),
    attempt: (call) => call.catch(() => undefined),
    async ask(request) {
      const { status, body, warnings } = await exchange.ask({ userAgent: 'contract', ...request });
      hear(`${request.method} ${request.path}`, status, body, warnings);
      return body;
    },
    note: (what, value) => hear(what, 0, value),
    stream: (request) => openStream(request),
    async events(body, count, shown = (event) => event) {
      const events: unknown[] = [];
      let rest = '';
      for await (const chunk of await body) {
        const lines = (rest + chunk.toString('utf8')).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines.filter(Boolean)) {
          const event = JSON.parse(line) as unknown;
          events.push(event);
          hear('event', 200, shown(event));
          if (events.length === count) return events;
        }
      }
      return events;
    },
    settle: (ms) => exchange.settle(ms),
    webhook: (name, answer, heardHow) =>
      exchange.serve(`/${namespace}/${name}`, (review) => {
        const { request } = review as { request: object };
        // The review's own UID is a new one each time.
        if (heardHow === 'unheard') return answer(review);
        hear(`${heardHow === 'in order' ? 'webhook' : parallel} ${name}`, 200, { ...request, uid: 'UID' });
        return answer(review);
      }),
    async quietly(call) {
      isQuiet = true;
      try {
        return await call();
      } finally {
        isQuiet = false;
      }
    },
  };
  await client.create(resources.namespaces, { metadata: { name: namespace } });
  isQuiet = false;
  await scenario.run(world);
  return inOrder(heard);
}

const parallel = 'webhook (in parallel)';

/** Those that were asked at once, by name. */
function inOrder(heard: readonly Heard[]): readonly Heard[] {
  const result: Heard[] = [];
  let group: Heard[] = [];
  const flush = (): void => {
    result.push(...group.sort((a, b) => (a.what < b.what ? -1 : 1)));
    group = [];
  };
  for (const each of heard) {
    if (each.what.startsWith(parallel)) group.push(each);
    else {
      flush();
      result.push(each);
    }
  }
  flush();
  return result;
}
