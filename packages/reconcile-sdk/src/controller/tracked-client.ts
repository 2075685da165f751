import { type Informer } from '../cache/index.ts';
import { type KubeClient, type KubeObject, type Resource } from '../client/index.ts';

/** Who is told of writes. */
export interface WriteTracker {
  /** The cache's epoch of that kind, asked before the write: versions of an older one cannot be compared. */
  epochOf(resource: Resource, namespace: string | undefined): number;
  /** A write took; `object` as the API server answered it. */
  wrote(resource: Resource, object: KubeObject, epoch: number): void;
}

/** Tells of each write by the question whether the cache has it, for `wrote` of a reconcile. Kinds that are not watched are not told of. */
export const untilSeen = (
  informerOf: (resource: Resource) => Informer | undefined,
  wrote: (isSeen: () => boolean) => void,
): WriteTracker => ({
  epochOf: (resource, namespace) => informerOf(resource)?.epoch(namespace) ?? 0,
  wrote(resource, { metadata }, epoch) {
    const informer = informerOf(resource);
    const version = metadata?.resourceVersion;
    if (!informer || version === undefined) return;
    wrote(() => informer.hasSeen(metadata?.namespace, version, epoch));
  },
});

/**
 * The same client, which tells of every write that took: this is how a controller reads its own writes without
 * its author thinking of it. Deletes are not told: bound to a UID a second one does nothing.
 */
export function trackWrites(client: KubeClient, tracker: WriteTracker): KubeClient {
  async function told<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    isDry: boolean | undefined,
    call: () => Promise<T>,
  ): Promise<T> {
    const epoch = tracker.epochOf(resource, namespace);
    const object = await call();
    if (!isDry) tracker.wrote(resource, object, epoch);
    return object;
  }
  return {
    ...client,
    create: (resource, object, options) =>
      told(resource, object.metadata?.namespace, options?.dryRun, () =>
        client.create(resource, object, options),
      ),
    update: (resource, object, options) =>
      told(resource, object.metadata?.namespace, options?.dryRun, () =>
        client.update(resource, object, options),
      ),
    apply: (resource, object, options) =>
      told(resource, object.metadata?.namespace, options?.dryRun, () =>
        client.apply(resource, object, options),
      ),
    mergePatch: (resource, key, patch, options) =>
      told(resource, key.namespace, options?.dryRun, () => client.mergePatch(resource, key, patch, options)),
    jsonPatch: (resource, key, patch, options) =>
      told(resource, key.namespace, options?.dryRun, () => client.jsonPatch(resource, key, patch, options)),
  };
}
