import { type Clock, type Random } from '../clock/index.ts';
import { resourceText, type KubeClient, type KubeObject, type Resource } from '../client/index.ts';
import { OperatorError } from '../errors/index.ts';
import { type Index, type IndexFunction, type Indexes } from './indexes.ts';
import { type Informer, type InformerObserver, type InformerStats, type Scope } from './informer.ts';
import { createListeners } from './listeners.ts';
import { createReflector } from './reflector.ts';
import { type Reflector, type ReflectorOptions } from './reflector-options.ts';
import { type StreamingSupport } from './streaming-support.ts';
import { createTaskGroup } from './task-group.ts';

/** As InformerSetOptions and InformerRequest, resolved. */
export interface SharedInformerOptions<T extends KubeObject> {
  client: KubeClient;
  resource: Resource<T>;
  scopes: readonly Scope[];
  metadataOnly: boolean;
  transform: ReflectorOptions<T>['transform'] | undefined;
  clock: Clock;
  random: Random;
  streaming: StreamingSupport;
  observer: InformerObserver;
  /** See ReflectorOptions. */
  stallMs?: number;
  pageSize?: number;
}

/** One watch (or one for each namespace) that several users share. */
export interface SharedInformer<T extends KubeObject> {
  readonly informer: Informer<T>;
  /** The same informer with indexes of one user; ended by `release`, which takes back the user's listeners too. */
  view<K extends string>(indexes: Indexes<T, K>): { informer: Informer<T, K>; release(): void };
  addScope(scope: Scope): void;
  /** Forgets what is there, without a word to the listeners: nothing was deleted. */
  removeScope(namespace: string): void;
  nudge(): void;
  isBlocked(): boolean;
  /** Watches until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

interface Section<T extends KubeObject> {
  scope: Scope;
  reflector: Reflector<T>;
  stop: AbortController;
}

/** What one user keeps for each section. */
interface View<T extends KubeObject> {
  opened(section: Section<T>): void;
  closed(section: Section<T>): void;
}

/** One informer; who shares it is the set's affair. */
export function createSharedInformer<T extends KubeObject>(
  options: SharedInformerOptions<T>,
): SharedInformer<T> {
  const { client, resource, clock, random, observer } = options;
  const name = describe(resource, options.scopes, options.metadataOnly);
  const about = { name, resource };
  const sections = new Map<string | undefined, Section<T>>();
  const views = new Set<View<T>>();
  const waiters = new Set<() => void>();
  const onFault = (error: unknown): void => observer.onListenerError?.({ ...about, error });
  const listeners = createListeners<T>(onFault);
  const watches = createTaskGroup();

  const of = (namespace: string | undefined): Section<T> | undefined =>
    sections.get(namespace) ?? sections.get(undefined);
  const every = (): Reflector<T>[] => Array.from(sections.values(), ({ reflector }) => reflector);
  /** Most informers have one section, and then nothing needs to be copied. */
  const concat = (find: (reflector: Reflector<T>) => readonly T[]): readonly T[] => {
    const [first, ...others] = sections.values();
    if (!first) return [];
    const found = find(first.reflector);
    return others.length === 0 ? found : [found, ...others.map(({ reflector }) => find(reflector))].flat();
  };

  function addScope(scope: Scope): void {
    // What is not in a namespace is looked at as a whole.
    const namespace = resource.namespaced ? scope.namespace : undefined;
    if (sections.has(namespace)) return;
    if (sections.size > 0 && (namespace === undefined || sections.has(undefined))) {
      throw new OperatorError(
        'bad-configuration',
        `${name}: all namespaces cannot be watched beside single ones`,
      );
    }
    const reflector = createReflector<T>({
      client,
      resource,
      clock,
      random,
      streaming: options.streaming,
      metadataOnly: options.metadataOnly,
      ...(namespace === undefined ? {} : { namespace }),
      ...(scope.labelSelector ? { labelSelector: scope.labelSelector } : {}),
      ...(scope.fieldSelector ? { fieldSelector: scope.fieldSelector } : {}),
      ...(options.transform ? { transform: options.transform } : {}),
      ...(options.stallMs === undefined ? {} : { stallMs: options.stallMs }),
      ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
      onChange: (change) => listeners.tell(change),
      onAdvance() {
        if (waiters.size > 0 && informer.hasSynced()) waiters.forEach((resolve) => resolve());
        observer.onAdvance?.(about);
      },
      onFailure: (error, attempt, problem) =>
        observer.onFailure?.({ ...about, namespace, error, attempt, problem }),
      onRecovered: () => observer.onRecovered?.({ ...about, namespace }),
      onRestart: (reason) => observer.onRestart?.({ ...about, reason }),
      onEpoch: (epoch, from, to) => observer.onEpoch?.({ ...about, namespace, epoch, from, to }),
      onFault,
    });
    const section = { scope, reflector, stop: new AbortController() };
    sections.set(namespace, section);
    views.forEach((view) => view.opened(section));
    start(section);
  }

  const start = ({ reflector, stop }: Section<T>): void =>
    watches.start(stop, (signal) => reflector.run(signal));

  const informer: Informer<T> = {
    resource,
    name,
    store: {
      get: (namespace, objectName) => of(namespace)?.reflector.store.get(namespace, objectName),
      all: () => concat(({ store }) => store.all()),
      ownedBy: (uid) => concat(({ store }) => store.ownedBy(uid)),
      by: (index) => {
        throw new OperatorError('bad-configuration', `${name} has no index ${String(index)}`);
      },
      size: () => every().reduce((sum, { store }) => sum + store.size(), 0),
    },
    onChange: (listener) => listeners.add(listener, informer.store.all(), clock.monotonic()),
    hasSynced: () => every().every((reflector) => reflector.hasSynced()),
    waitForSync: (signal) =>
      new Promise((resolve, reject) => {
        if (informer.hasSynced()) return resolve();
        const settle = (): void => {
          waiters.delete(onSync);
          signal.removeEventListener('abort', onAbort);
        };
        const onSync = (): void => {
          settle();
          resolve();
        };
        const onAbort = (): void => {
          settle();
          reject(signal.reason instanceof Error ? signal.reason : new Error(`${name}: given up waiting`));
        };
        if (signal.aborted) return onAbort();
        waiters.add(onSync);
        signal.addEventListener('abort', onAbort, { once: true });
      }),
    seen: (namespace) => of(namespace)?.reflector.seen() ?? '',
    epoch: (namespace) => of(namespace)?.reflector.epoch() ?? 0,
    hasSeen(namespace, version, epochAtWrite) {
      const reflector = of(namespace)?.reflector;
      return !reflector || reflector.epoch() !== epochAtWrite || reflector.contains(version);
    },
    health: () =>
      Array.from(sections, ([namespace, { reflector }]) => ({
        name: namespace === undefined ? name : `${name} in ${namespace}`,
        health: reflector.health(),
      })),
    stats() {
      const sum: InformerStats = {
        objects: 0,
        bytes: 0,
        lists: 0,
        watches: 0,
        restarts: 0,
        events: 0,
        lastEventMs: undefined,
      };
      for (const reflector of every()) {
        sum.objects += reflector.store.size();
        sum.bytes += reflector.store.bytes();
        const counts = reflector.counts();
        for (const key of ['lists', 'watches', 'restarts', 'events'] as const) sum[key] += counts[key];
        const last = reflector.lastEventMs();
        if (last !== undefined) sum.lastEventMs = Math.min(sum.lastEventMs ?? Infinity, last);
      }
      return sum;
    },
  };

  function view<K extends string>(indexes: Indexes<T, K>): { informer: Informer<T, K>; release(): void } {
    const removers = new Set<() => void>();
    const found = new Map<Section<T>, Map<string, Index<T>>>();
    const own: View<T> = {
      opened(section) {
        const { store } = section.reflector;
        found.set(
          section,
          new Map(
            Object.entries<IndexFunction<T>>(indexes).map(([index, keysOf]) => [
              index,
              store.addIndex(keysOf),
            ]),
          ),
        );
      },
      closed: (section) => void found.delete(section),
    };
    sections.forEach(own.opened);
    views.add(own);
    return {
      informer: {
        ...informer,
        store: {
          ...informer.store,
          by(index, key) {
            if (!Object.hasOwn(indexes, index)) return informer.store.by(index as never, key);
            return Array.from(found.values(), (made) => made.get(index)?.find(key) ?? []).flat();
          },
        },
        onChange(listener) {
          const stop = informer.onChange(listener);
          const remove = (): void => {
            stop();
            removers.delete(remove);
          };
          removers.add(remove);
          return remove;
        },
      },
      release() {
        views.delete(own);
        removers.forEach((remove) => remove());
        for (const [{ reflector }, made] of found) {
          for (const index of made.values()) reflector.store.removeIndex(index);
        }
        found.clear();
      },
    };
  }

  options.scopes.forEach(addScope);
  return {
    informer,
    view,
    addScope,
    removeScope(namespace) {
      const section = sections.get(namespace);
      if (!section) return;
      section.stop.abort();
      sections.delete(namespace);
      views.forEach((each) => each.closed(section));
      if (waiters.size > 0 && informer.hasSynced()) waiters.forEach((resolve) => resolve());
    },
    nudge: () => every().forEach((reflector) => reflector.nudge()),
    isBlocked: () =>
      every().some((reflector) => {
        const { problem } = reflector.health();
        return problem === 'missing-kind' || problem === 'missing-rights';
      }),
    run: (signal) => watches.run(signal, () => sections.forEach(start)),
  };
}

function describe(resource: Resource, scopes: readonly Scope[], metadataOnly: boolean): string {
  const selectors = new Set(
    scopes.flatMap(({ labelSelector, fieldSelector }) => [labelSelector, fieldSelector]),
  );
  const details = [...selectors, metadataOnly ? 'metadata only' : undefined].filter(Boolean);
  return `${resourceText(resource)}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}
