import {
  keyOf,
  type KubeClient,
  type KubeObject,
  type ObjectKey,
  type Resource,
} from '../../client/index.ts';
import { isConflict, isNotFound } from '../../errors/index.ts';
import { setFinalizer } from './set-finalizer.ts';

/** Whose finalizer is taken off. */
export interface DrainOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  readonly finalizer: string;
  /** Empty or absent: all. */
  readonly namespaces?: readonly string[];
  readonly signal: AbortSignal;
}

/** Objects that are free now, and those that could not be freed and why. */
export interface Drained {
  readonly drained: readonly ObjectKey[];
  readonly failed: readonly { readonly key: ObjectKey; readonly error: unknown }[];
}

const attempts = 5;

/**
 * Takes a finalizer off every object of a kind, for uninstalling (a Helm hook) and for people who are stuck. Run it
 * when the operator no longer runs: one that runs puts it back on objects that need it.
 */
export async function drainFinalizers<T extends KubeObject>(options: DrainOptions<T>): Promise<Drained> {
  const { client, resource, finalizer, signal } = options;
  const drained: ObjectKey[] = [];
  const failed: { key: ObjectKey; error: unknown }[] = [];
  const scopes = options.namespaces?.length ? options.namespaces.map((namespace) => ({ namespace })) : [{}];
  for (const scope of scopes) {
    let next: string | undefined;
    do {
      const page = await client.list(resource, {
        ...scope,
        limit: 500,
        ...(next ? { continue: next } : {}),
        signal,
      });
      next = page.metadata.continue;
      for (const object of page.items) {
        if (!object.metadata?.finalizers?.includes(finalizer)) continue;
        const key = keyOf(object);
        try {
          await drain(object);
          drained.push(key);
        } catch (error) {
          signal.throwIfAborted();
          failed.push({ key, error });
        }
      }
    } while (next);
  }
  return { drained, failed };

  async function drain(seen: T): Promise<void> {
    let current: T | undefined = seen;
    for (let attempt = 1; current?.metadata?.finalizers?.includes(finalizer); attempt++) {
      try {
        await setFinalizer(resource, current, finalizer, false, { client, signal });
        return;
      } catch (error) {
        if (isNotFound(error)) return;
        if (!isConflict(error) || attempt >= attempts) throw error;
        current = await client.find(resource, keyOf(current), { signal });
        if (current?.metadata?.uid !== seen.metadata?.uid) return;
      }
    }
  }
}
