import { Agent, request } from 'undici';
import { loadKubeConfig } from '@stateful/reconcile-sdk';
import { createLines } from './lines.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export type CallOptions = { readonly body?: unknown; readonly contentType?: string };

/** What the benchmark itself asks of the API server. It is neither operator's client, so that it favours none. */
export type Api = {
  /** The answer's text. An error unless it is a success, or one of the `expected` codes. */
  readonly call: (
    method: Method,
    path: string,
    options?: CallOptions & { readonly expected?: readonly number[] },
  ) => Promise<string>;
  /** Each event of a watch from now on, with the moment at which its bytes came; ends with `close`. */
  readonly watch: (path: string, onEvent: (event: WatchEvent, at: number) => void) => Promise<void>;
  /** The first error of a watch: a measurement that it was part of is void. */
  readonly brokenWatch: () => Error | undefined;
  readonly close: () => Promise<void>;
};

export type WatchedObject = {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion: string;
    readonly generation?: number;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly value?: string };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};
export type WatchEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: WatchedObject;
};

export async function connectApi(kubeconfigPath: string): Promise<Api> {
  const { server, ca, clientCertificate } = await loadKubeConfig({ path: kubeconfigPath });
  const tls = { ...(ca === undefined ? {} : { ca }), ...clientCertificate };
  const dispatcher = new Agent({ connect: tls, connections: 64, pipelining: 1 });
  const streams = new Agent({ connect: tls, bodyTimeout: 0 });
  const closing = new AbortController();
  let broken: Error | undefined;

  const call: Api['call'] = async (method, path, { body, contentType, expected = [] } = {}) => {
    const response = await request(`${server}${path}`, {
      method,
      dispatcher,
      signal: AbortSignal.timeout(60_000),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': contentType ?? 'application/json' } }),
    });
    const text = await response.body.text();
    if (response.statusCode < 300 || expected.includes(response.statusCode)) return text;
    throw new Error(`${method} ${path} answered ${response.statusCode}: ${text.slice(0, 300)}`);
  };

  return {
    call,
    async watch(path, onEvent) {
      const separator = path.includes('?') ? '&' : '?';
      const list = JSON.parse(await call('GET', `${path}${separator}limit=1`)) as {
        readonly metadata: { readonly resourceVersion: string };
      };
      const from = `watch=true&timeoutSeconds=86400&resourceVersion=${list.metadata.resourceVersion}`;
      const response = await request(`${server}${path}${separator}${from}`, {
        dispatcher: streams,
        signal: closing.signal,
      });
      if (response.statusCode !== 200) throw new Error(`watching ${path} answered ${response.statusCode}`);
      const lines = createLines((line) => {
        const event = JSON.parse(line) as WatchEvent;
        if (event.type === 'ERROR') throw new Error(`the watch of ${path} broke: ${line.slice(0, 300)}`);
        onEvent(event, performance.now());
      });
      const read = async (): Promise<void> => {
        for await (const chunk of response.body) lines.take(chunk as Buffer);
        throw new Error(`the watch of ${path} ended`);
      };
      read().catch((error: unknown) => {
        if (!closing.signal.aborted) broken ??= error as Error;
      });
    },
    brokenWatch: () => broken,
    async close() {
      closing.abort();
      await Promise.all([dispatcher.destroy(), streams.destroy()]);
    },
  };
}
