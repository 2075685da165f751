import {
  createReflector,
  type Change,
  type ReadStore,
  type Reflector,
  type ReflectorHealth,
} from '../cache/index.ts';
import { type Clock, type Random } from '../clock/index.ts';
import { resourceText, type KubeClient, type KubeObject, type Resource } from '../client/index.ts';
import { describeError } from '../errors/index.ts';
import { type Logger } from '../logging/index.ts';
import { type Metrics } from '../metrics/index.ts';

/** One kind, shared by all controllers: a reflector for each watched namespace, or one for all of them. */
export interface Informer<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>;
  readonly store: ReadStore<T>;
  /** The newest resourceVersion that the cache of that namespace contains. */
  seen(namespace: string | undefined): string;
  hasSynced(): boolean;
  health(): { name: string; health: ReflectorHealth }[];
  onChange(listener: (change: Change<T>) => void): void;
  run(signal: AbortSignal): Promise<void>;
}

export interface InformerOptions<T extends KubeObject> {
  client: KubeClient;
  resource: Resource<T>;
  /** Empty: all namespaces. */
  namespaces: readonly string[];
  labelSelector?: string;
  clock: Clock;
  random: Random;
  log: Logger;
  metrics: Metrics;
  onAdvance: () => void;
}

export function createInformer<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
  const { client, resource, clock, random, log, metrics } = options;
  const listeners: ((change: Change<T>) => void)[] = [];
  const name = resourceText(resource);
  const scopes = resource.namespaced && options.namespaces.length > 0 ? options.namespaces : [undefined];
  const reflectors = new Map<string | undefined, Reflector<T>>(
    scopes.map((namespace) => [
      namespace,
      createReflector<T>({
        client,
        resource,
        clock,
        random,
        ...(namespace ? { namespace } : {}),
        ...(options.labelSelector ? { labelSelector: options.labelSelector } : {}),
        onAdvance: options.onAdvance,
        onChange: (change) => listeners.forEach((listener) => listener(change)),
        onFailure(error, attempt) {
          metrics.watchRestarted(name);
          // The first failure is news, and so is one that lasts; those between are noise.
          const level = attempt === 1 || attempt % 10 === 0 ? 'warn' : 'debug';
          log[level](
            { kind: name, ...(namespace ? { namespace } : {}), error: describeError(error), attempt },
            'the watch failed',
          );
        },
      }),
    ]),
  );
  const of = (namespace: string | undefined): Reflector<T> | undefined =>
    reflectors.get(namespace) ?? reflectors.get(undefined);
  const every = [...reflectors.values()];
  return {
    resource,
    store: {
      get: (namespace, objectName) => of(namespace)?.store.get(namespace, objectName),
      all: () => every.flatMap((reflector) => reflector.store.all()),
      ownedBy: (uid) => every.flatMap((reflector) => reflector.store.ownedBy(uid)),
      size: () => every.reduce((sum, reflector) => sum + reflector.store.size(), 0),
    },
    seen: (namespace) => of(namespace)?.seen() ?? '',
    hasSynced: () => every.every((reflector) => reflector.hasSynced()),
    health: () =>
      [...reflectors].map(([namespace, reflector]) => ({
        name: namespace ? `${name} in ${namespace}` : name,
        health: reflector.health(),
      })),
    onChange: (listener) => void listeners.push(listener),
    async run(signal) {
      await Promise.all(every.map((reflector) => reflector.run(signal)));
    },
  };
}
