import { backoff, type Clock, type Random } from '../clock/index.ts';
import {
  errorFromStatus,
  resourceText,
  type KubeClient,
  type KubeObject,
  type Resource,
  type Selection,
} from '../client/index.ts';
import { OperatorError, describeError, isGone } from '../errors/index.ts';
import {
  initialReflectorState,
  nextReflectorState,
  type ReflectorOutcome,
  type ReflectorState,
} from './reflector-machine.ts';
import { createStore, type Change, type ReadStore } from './store.ts';
import { linesOf } from './watch-lines.ts';

export interface ReflectorOptions<T extends KubeObject> extends Selection {
  client: KubeClient;
  resource: Resource<T>;
  clock: Clock;
  random: Random;
  onChange?: (change: Change<T>) => void;
  /** Called after every step forward: a list, an event or a bookmark. */
  onAdvance?: () => void;
  /** A failure and what is done about it, once per failure. */
  onFailure?: (error: OperatorError, attempt: number) => void;
  /** Objects per list page. */
  pageSize?: number;
  /** Silence after which a watch counts as dead; the server sends a bookmark about once a minute. */
  stallMs?: number;
}

export interface ReflectorHealth {
  synced: boolean;
  /** Since the last sign of life, in milliseconds; undefined before the first. */
  silentMs: number | undefined;
  /** Why it is not getting on now, for people. */
  failing: string | undefined;
}

/** Keeps a store equal to what the API server has, for as long as it runs. */
export interface Reflector<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>;
  readonly store: ReadStore<T>;
  /** Runs until the signal aborts; never throws before that. */
  run(signal: AbortSignal): Promise<void>;
  hasSynced(): boolean;
  /** The newest resourceVersion that the store is known to contain; empty before the first list. */
  seen(): string;
  health(): ReflectorHealth;
  /** Lists and watches that were begun. */
  counts(): { lists: number; watches: number };
}

interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T & { code?: number; message?: string; reason?: string };
}

export function createReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector<T> {
  const { client, resource, clock, random } = options;
  const stallMs = options.stallMs ?? 70_000;
  const selection: Selection = {
    ...(options.namespace ? { namespace: options.namespace } : {}),
    ...(options.labelSelector ? { labelSelector: options.labelSelector } : {}),
    ...(options.fieldSelector ? { fieldSelector: options.fieldSelector } : {}),
  };
  const store = createStore<T>({ keepFieldsOf: client.fieldManager });
  let seen = '';
  let lastSign: number | undefined;
  let failing: string | undefined;
  let pages: T[] = [];
  const counts = { lists: 0, watches: 0 };

  const publish = (changes: Change<T>[]): void => changes.forEach((change) => options.onChange?.(change));
  const advance = (resourceVersion: string): void => {
    seen = resourceVersion;
    lastSign = clock.monotonic();
    failing = undefined;
    options.onAdvance?.();
  };

  async function list(continueToken: string | undefined, signal: AbortSignal): Promise<ReflectorOutcome> {
    if (continueToken === undefined) {
      counts.lists++;
      pages = [];
    }
    const page = await client.list(resource, {
      ...selection,
      limit: options.pageSize ?? 500,
      ...(continueToken === undefined ? {} : { continue: continueToken }),
      signal,
    });
    for (const item of page.items) pages.push(item);
    if (page.metadata.continue) return { kind: 'page', continue: page.metadata.continue };
    const changes = store.replace(pages);
    pages = [];
    publish(changes);
    advance(page.metadata.resourceVersion);
    return { kind: 'listed', resourceVersion: page.metadata.resourceVersion };
  }

  async function watch(resourceVersion: string, outer: AbortSignal): Promise<ReflectorOutcome> {
    counts.watches++;
    const began = clock.monotonic();
    let at = resourceVersion;
    const stall = new AbortController();
    let timer = clock.setTimer(stallMs, () => stall.abort());
    const signal = AbortSignal.any([outer, stall.signal]);
    const lived = (): number => clock.monotonic() - began;
    try {
      // The server ends the watch at a random time, so that many clients do not come back at once.
      const timeoutSeconds = 300 + Math.floor(random.next() * 300);
      const body = await client.watch(resource, { ...selection, resourceVersion, timeoutSeconds, signal });
      for await (const line of linesOf(body)) {
        timer.cancel();
        timer = clock.setTimer(stallMs, () => stall.abort());
        at = handle(line, at);
      }
      return { kind: 'watch-ended', resourceVersion: at, livedMs: lived(), stalled: false };
    } catch (cause) {
      if (outer.aborted) throw cause;
      if (stall.signal.aborted)
        return { kind: 'watch-ended', resourceVersion: at, livedMs: lived(), stalled: true };
      return failed(cause, at, lived());
    } finally {
      timer.cancel();
    }
  }

  /** Takes one event in and returns the resourceVersion to go on from. */
  function handle(line: string, at: string): string {
    const event = JSON.parse(line) as WatchEvent<T>;
    if (event.type === 'ERROR') {
      throw errorFromStatus(event.object.code ?? 500, event.object, `watch ${resourceText(resource)}`);
    }
    const version = event.object.metadata?.resourceVersion ?? at;
    if (event.type === 'DELETED') publish(store.remove(event.object));
    else if (event.type !== 'BOOKMARK') publish(store.upsert(event.object));
    advance(version);
    return version;
  }

  function failed(cause: unknown, resourceVersion: string | undefined, livedMs: number): ReflectorOutcome {
    const error =
      cause instanceof OperatorError
        ? cause
        : new OperatorError('network', `watch ${resourceText(resource)}: the connection broke`, { cause });
    failing = describeError(error);
    options.onFailure?.(error, state.failures + 1);
    return { kind: 'failed', gone: isGone(error), resourceVersion, livedMs };
  }

  async function perform(signal: AbortSignal): Promise<ReflectorOutcome> {
    switch (state.action) {
      case 'list':
        return list(state.continue, signal).catch((cause: unknown) => {
          if (signal.aborted) throw cause;
          return failed(cause, undefined, 0);
        });
      case 'watch':
        return watch(state.resourceVersion, signal);
      case 'wait':
        await clock.sleep(backoff(state.failures, { baseMs: 400, maxMs: 30_000 }, random), signal);
        return { kind: 'waited' };
    }
  }

  let state: ReflectorState = initialReflectorState;
  return {
    resource,
    store,
    hasSynced: () => seen !== '',
    seen: () => seen,
    counts: () => ({ ...counts }),
    health: () => ({
      synced: seen !== '',
      silentMs: lastSign === undefined ? undefined : clock.monotonic() - lastSign,
      failing,
    }),
    async run(signal) {
      state = initialReflectorState;
      while (!signal.aborted) {
        try {
          state = nextReflectorState(state, await perform(signal));
        } catch (cause) {
          if (!signal.aborted) throw cause;
        }
      }
    },
  };
}
