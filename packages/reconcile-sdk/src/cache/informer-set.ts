import { type Clock, type Random } from '../clock/index.ts';
import { type KubeClient, type KubeObject, type Resource } from '../client/index.ts';
import { type Indexes } from './indexes.ts';
import { type Informer, type InformerObserver, type Scope } from './informer.ts';
import { createSharedInformer, type SharedInformer } from './shared-informer.ts';
import { createTaskGroup } from './task-group.ts';
import { createStreamingSupport } from './streaming-support.ts';

/** Where and how to watch; the callbacks are those of every informer in the set. */
export interface InformerSetOptions extends InformerObserver {
  client: KubeClient;
  clock: Clock;
  random: Random;
  /** Where to look unless a user says otherwise; empty or absent: in all namespaces. */
  namespaces?: readonly string[];
  /** Silence after which a watch counts as dead. Default 70 s; Infinity: never. */
  stallMs?: number;
  /** Objects per list page. Default 500. */
  pageSize?: number;
}

/** What a user wants to have at hand. */
export interface InformerRequest<T extends KubeObject, K extends string = never> {
  resource: Resource<T>;
  /** Of every scope that has none of its own. */
  labelSelector?: string;
  fieldSelector?: string;
  /** Only `metadata` is asked for and held: for kinds of which only existence, labels and owners matter. */
  metadataOnly?: boolean;
  /** Finds objects by keys of one's own: `store.by('byNode', name)`. */
  indexes?: Indexes<T, K>;
  /**
   * Makes an object smaller before it is held. It may change and return what it is given, but not what identifies
   * the object. When it throws, the object is held as it then is, and `onListenerError` is told.
   */
  transform?: (object: T) => T;
  /** Where to look, instead of the namespaces of the set. */
  scopes?: readonly Scope[];
}

/** One user's hold on a shared informer. */
export interface InformerHandle<T extends KubeObject, K extends string = never> {
  readonly informer: Informer<T, K>;
  /** Gives it back, with the listeners and indexes of this handle. The last to do so ends the watch. */
  release(): void;
}

/**
 * The informers of one API server. Who wants the same gets the same one, and it lives as long as someone has it;
 * who selects differently gets another.
 */
export interface InformerSet {
  /** Before or during `run`. */
  acquire<T extends KubeObject, K extends string = never>(
    request: InformerRequest<T, K>,
  ): InformerHandle<T, K>;
  /** Each once, however many users it has. */
  all(): readonly Informer[];
  hasSynced(): boolean;
  /** Resolves when all that are there by then have their whole contents. Rejects when the signal aborts first. */
  waitForSync(signal: AbortSignal): Promise<void>;
  /** Looks there as well, for all that have no scopes of their own. Only where the set has namespaces. */
  addNamespace(namespace: string): void;
  /** Looks there no longer. Its objects vanish from the stores without delete events: they were not deleted. */
  removeNamespace(namespace: string): void;
  /** Rights or kinds may have come: who waits for them looks at once. */
  nudge(): void;
  /** Watches until the signal aborts; never throws. Once in the life of a set. */
  run(signal: AbortSignal): Promise<void>;
}

interface Shared {
  informer: SharedInformer<KubeObject>;
  users: number;
  stop: AbortController;
  /** What its scopes select, when they are those of the set. */
  follows: Omit<Scope, 'namespace'> | undefined;
}

/** An empty set; informers come by `acquire`. Throws nothing; all trouble is told by the callbacks and `health`. */
export function createInformerSet(options: InformerSetOptions): InformerSet {
  const { client, clock, random } = options;
  const shared = new Map<string, Shared>();
  const namespaces = new Set(options.namespaces ?? []);
  /** All namespaces; a set of single ones does not become that when the last of them goes. */
  const isWide = namespaces.size === 0;
  const streaming = createStreamingSupport(clock);
  const transforms = new WeakMap<object, number>();
  let lastTransform = 0;
  const watches = createTaskGroup();

  const observer: InformerObserver = {
    ...options,
    onRecovered(event) {
      options.onRecovered?.(event);
      // Rights and kinds are often given together.
      nudge();
    },
    onAdvance(event) {
      options.onAdvance?.(event);
      if (unblocks(event.resource)) nudge();
    },
  };
  const nudge = (): void => shared.forEach(({ informer }) => informer.nudge());

  /** Functions are told apart by a number. */
  function numberOf(transform: object | undefined): number {
    if (transform === undefined) return 0;
    const known = transforms.get(transform);
    if (known !== undefined) return known;
    transforms.set(transform, ++lastTransform);
    return lastTransform;
  }

  function scopesOf(follows: Omit<Scope, 'namespace'>): Scope[] {
    return isWide ? [follows] : [...namespaces].map((namespace) => ({ ...follows, namespace }));
  }

  const start = ({ informer, stop }: Shared): void => watches.start(stop, (signal) => informer.run(signal));

  function make<T extends KubeObject>(request: InformerRequest<T>, follows: Shared['follows']): Shared {
    const informer = createSharedInformer<T>({
      client,
      resource: request.resource,
      scopes: follows ? scopesOf(follows) : scopesIn(request),
      metadataOnly: request.metadataOnly ?? false,
      transform: request.transform,
      clock,
      random,
      streaming,
      observer,
      ...(options.stallMs === undefined ? {} : { stallMs: options.stallMs }),
      ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
    });
    return {
      informer: informer,
      users: 0,
      stop: new AbortController(),
      follows,
    };
  }

  return {
    acquire<T extends KubeObject, K extends string>(request: InformerRequest<T, K>): InformerHandle<T, K> {
      const { group, version, plural } = request.resource;
      const own = request.scopes ? scopesIn(request) : undefined;
      const follows = own ? undefined : selectorsOf(request);
      const key = JSON.stringify([
        [group, version, plural],
        own ?? follows,
        own !== undefined,
        request.metadataOnly ?? false,
        numberOf(request.transform),
      ]);
      let entry = shared.get(key);
      if (!entry) {
        entry = make(request as unknown as InformerRequest<T>, follows);
        shared.set(key, entry);
        start(entry);
      }
      const held = entry;
      held.users++;
      const view = (held.informer as unknown as SharedInformer<T>).view<K>(
        request.indexes ?? ({} as Indexes<T, K>),
      );
      let released = false;
      return {
        informer: view.informer,
        release() {
          if (released) return;
          released = true;
          view.release();
          if (--held.users > 0) return;
          shared.delete(key);
          held.stop.abort();
        },
      };
    },
    all: () => Array.from(shared.values(), ({ informer }) => informer.informer),
    hasSynced: () => [...shared.values()].every(({ informer }) => informer.informer.hasSynced()),
    async waitForSync(signal) {
      await Promise.all(Array.from(shared.values(), ({ informer }) => informer.informer.waitForSync(signal)));
    },
    addNamespace(namespace) {
      if (isWide || namespaces.has(namespace)) return;
      namespaces.add(namespace);
      for (const { informer, follows } of shared.values()) {
        if (follows && informer.informer.resource.namespaced) informer.addScope({ ...follows, namespace });
      }
    },
    removeNamespace(namespace) {
      if (!namespaces.has(namespace)) return;
      namespaces.delete(namespace);
      for (const { informer, follows } of shared.values()) if (follows) informer.removeScope(namespace);
    },
    nudge,
    run: (signal) => watches.run(signal, () => shared.forEach(start)),
  };
}

const selectorsOf = ({
  labelSelector,
  fieldSelector,
}: Omit<Scope, 'namespace'>): Omit<Scope, 'namespace'> => ({
  ...(labelSelector ? { labelSelector } : {}),
  ...(fieldSelector ? { fieldSelector } : {}),
});

/** A user's own scopes, in a fixed order, so that the same ones are known again. */
function scopesIn<T extends KubeObject>({ scopes = [], ...defaults }: InformerRequest<T, string>): Scope[] {
  return scopes
    .map((scope) => ({
      ...selectorsOf(defaults),
      ...selectorsOf(scope),
      ...(scope.namespace ? { namespace: scope.namespace } : {}),
    }))
    .sort((a, b) => ((a.namespace ?? '') < (b.namespace ?? '') ? -1 : 1));
}

/** Kinds whose changes bring rights or other kinds. */
const unblocks = ({ group }: Resource): boolean =>
  group === 'apiextensions.k8s.io' || group === 'rbac.authorization.k8s.io';
