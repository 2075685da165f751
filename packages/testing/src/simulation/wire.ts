import {
  OperatorError,
  createRetryingTransport,
  errorFromStatus,
  type Clock,
  type HttpRequest,
  type Random,
  type Transport,
} from '@stateful/reconcile-sdk';
import { type CacheView } from './cache-view.ts';
import { callOf, type Call } from './call.ts';

/** What becomes of one request. */
export type Verdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'refuse'; readonly status: number; readonly retryAfterS?: number }
  | { readonly kind: 'lose-request' | 'lose-answer' | 'crash-before' | 'crash-after' };

/** Who decides about requests, and who is told what became of them. */
export interface Judge {
  /** Before the server sees it. */
  decide(call: Call): Verdict | Promise<Verdict>;
  /** After the server has answered, or refused it by an error; `error` is what the client sees. */
  answered(call: Call, outcome: { readonly body?: unknown; readonly error?: OperatorError }): void;
  /** The process ends now. */
  crash(): void;
}

export interface WireOptions {
  /** One try each, to the server. */
  server: Transport;
  view: CacheView;
  judge: Judge;
  clock: Clock;
  random: Random;
  isDead: () => boolean;
}

/** A process that has died waits for nothing and is told nothing. */
const never = new Promise<never>(() => undefined);

/** What one process's requests go through: its deadlines and retries, then faults, then the server. */
export function createWire({ server, view, judge, clock, random, isDead }: WireOptions): Transport {
  function meet(verdict: Verdict, request: HttpRequest): void {
    switch (verdict.kind) {
      case 'refuse':
        request.beforeSend?.();
        throw errorFromStatus(
          verdict.status,
          { message: `made to fail with ${verdict.status}` },
          request.what,
          verdict.retryAfterS,
        );
      case 'lose-request':
        request.beforeSend?.();
        throw new OperatorError('network', `${request.what}: the request was lost`);
      default:
    }
  }
  async function ask(request: HttpRequest, call: Call, verdict: Verdict): Promise<unknown> {
    try {
      meet(verdict, request);
      const body = await server.request(request);
      judge.answered(call, { body });
      return body;
    } catch (error) {
      if (error instanceof OperatorError) judge.answered(call, { error });
      throw error;
    } finally {
      if (verdict.kind === 'crash-after') judge.crash();
    }
  }
  const once: Transport = {
    async request(request) {
      await Promise.resolve();
      if (isDead()) return never;
      const call = callOf(request);
      const verdict = await judge.decide(call);
      if (isDead()) return never;
      if (verdict.kind === 'crash-before') {
        judge.crash();
        return never;
      }
      try {
        const body = await ask(request, call, verdict);
        if (isDead()) return await never;
        if (verdict.kind === 'lose-answer')
          throw new OperatorError('network', `${request.what}: the answer was lost`);
        return body;
      } catch (error) {
        if (isDead()) return never;
        throw error;
      }
    },
    async stream(request) {
      await Promise.resolve();
      if (isDead()) return never;
      const call = callOf(request);
      meet(await judge.decide(call), request);
      if (isDead()) return never;
      const { lines, contents } = await open(request, call);
      return view.through(call.plural, lines, contents);
    },
    close: () => server.close(),
  };

  /** A watch; its contents are as old, and in the order, that the view says. */
  async function open(
    request: HttpRequest,
    { path, query }: Call,
  ): Promise<{ lines: AsyncIterable<Buffer>; contents: Buffer[] }> {
    const revision = view.revision();
    if (query.get('sendInitialEvents') !== 'true' || (revision === undefined && !view.isReversed()))
      return { lines: await server.stream(request), contents: [] };
    const list = new URLSearchParams(query);
    for (const name of ['watch', 'sendInitialEvents', 'allowWatchBookmarks', 'timeoutSeconds'])
      list.delete(name);
    if (revision === undefined) list.delete('resourceVersionMatch');
    else {
      list.set('resourceVersion', String(revision));
      list.set('resourceVersionMatch', 'Exact');
    }
    const { accept: _accept, ...plain } = request;
    const answer = (await server.request({ ...plain, path: `${path}?${list.toString()}` })) as {
      kind: string;
      apiVersion: string;
      metadata: { resourceVersion: string };
      items: object[];
    };
    const names = { kind: answer.kind.replace(/List$/, ''), apiVersion: answer.apiVersion };
    const items = view.isReversed() ? answer.items.toReversed() : answer.items;
    const { resourceVersion } = answer.metadata;
    const end = {
      type: 'BOOKMARK',
      object: {
        ...names,
        metadata: { resourceVersion, annotations: { 'k8s.io/initial-events-end': 'true' } },
      },
    };
    const contents = [...items.map((object) => ({ type: 'ADDED', object: { ...names, ...object } })), end];
    query.delete('sendInitialEvents');
    query.delete('resourceVersionMatch');
    query.set('resourceVersion', resourceVersion);
    const lines = await server.stream({ ...request, path: `${path}?${query.toString()}` });
    return { lines, contents: contents.map((event) => Buffer.from(`${JSON.stringify(event)}\n`)) };
  }
  return createRetryingTransport(once, { clock, random });
}
