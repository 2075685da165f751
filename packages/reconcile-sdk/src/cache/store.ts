import { compareResourceVersions, keyOf, keyText, type KubeObject } from '../client/index.ts';
import { deepFreeze } from './freeze.ts';

/** What happened to one object, with the state before it. */
export type Change<T extends KubeObject> =
  | { kind: 'upsert'; object: T; old: T | undefined }
  /** `object` is the last state that was seen; the true final state may be unknown. */
  | { kind: 'delete'; object: T };

/** What readers see of a cache: frozen objects, shared, never copied. */
export interface ReadStore<T extends KubeObject> {
  get(namespace: string | undefined, name: string): T | undefined;
  all(): readonly T[];
  /** Objects that name `uid` in any owner reference: how children are found (R1). */
  ownedBy(uid: string): readonly T[];
  size(): number;
}

export interface Store<T extends KubeObject> extends ReadStore<T> {
  /** Undefined when what is held is as new or newer. */
  upsert(object: T): Change<T>[];
  remove(object: T): Change<T>[];
  /** Makes the contents equal to a fresh list; returns the difference. */
  replace(objects: readonly T[]): Change<T>[];
}

/** Managers whose own entry of managedFields is kept; all others are dropped, they are half of an object's bytes. */
export interface StoreOptions {
  keepFieldsOf?: string;
}

export function createStore<T extends KubeObject>({ keepFieldsOf }: StoreOptions = {}): Store<T> {
  const objects = new Map<string, T>();
  const byOwner = new Map<string, Map<string, T>>();

  function strip(object: T): T {
    const metadata = object.metadata;
    if (!metadata?.managedFields) return object;
    const { managedFields, ...rest } = metadata;
    const own = managedFields.filter((entry) => keepFieldsOf !== undefined && entry.manager === keepFieldsOf);
    return { ...object, metadata: own.length > 0 ? { ...rest, managedFields: own } : rest };
  }
  const ownersOf = (object: T): string[] =>
    (object.metadata?.ownerReferences ?? []).map((owner) => owner.uid);

  function put(key: string, object: T): void {
    drop(key);
    objects.set(key, object);
    for (const uid of ownersOf(object)) {
      let owned = byOwner.get(uid);
      if (!owned) byOwner.set(uid, (owned = new Map<string, T>()));
      owned.set(key, object);
    }
  }
  function drop(key: string): T | undefined {
    const old = objects.get(key);
    if (!old) return undefined;
    objects.delete(key);
    for (const uid of ownersOf(old)) {
      const owned = byOwner.get(uid);
      owned?.delete(key);
      if (owned?.size === 0) byOwner.delete(uid);
    }
    return old;
  }

  function accept(incoming: T): Change<T>[] {
    const object = deepFreeze(strip(incoming));
    const key = keyText(keyOf(object));
    const old = objects.get(key);
    if (old && old.metadata?.uid === object.metadata?.uid) {
      if (old.metadata?.resourceVersion === object.metadata?.resourceVersion) return [];
      put(key, object);
      return [{ kind: 'upsert', object, old }];
    }
    put(key, object);
    // Another UID under the same name: the deletion in between was not seen, but it happened.
    const changes: Change<T>[] = old ? [{ kind: 'delete', object: old }] : [];
    return [...changes, { kind: 'upsert', object, old: undefined }];
  }

  return {
    get: (namespace, name) => objects.get(keyText({ ...(namespace ? { namespace } : {}), name })),
    all: () => [...objects.values()],
    ownedBy: (uid) => [...(byOwner.get(uid)?.values() ?? [])],
    size: () => objects.size,
    upsert(object) {
      const old = objects.get(keyText(keyOf(object)));
      const isOlder =
        old?.metadata?.uid === object.metadata?.uid &&
        compareResourceVersions(
          object.metadata?.resourceVersion ?? '',
          old?.metadata?.resourceVersion ?? '',
        ) <= 0;
      return old && isOlder ? [] : accept(object);
    },
    remove(object) {
      const key = keyText(keyOf(object));
      const held = objects.get(key);
      if (!held || held.metadata?.uid !== object.metadata?.uid) return [];
      drop(key);
      return [{ kind: 'delete', object: deepFreeze(strip(object)) }];
    },
    replace(fresh) {
      const wanted = new Set(fresh.map((object) => keyText(keyOf(object))));
      const changes: Change<T>[] = [];
      for (const key of [...objects.keys()].filter((held) => !wanted.has(held))) {
        changes.push({ kind: 'delete', object: drop(key)! });
      }
      for (const object of fresh) changes.push(...accept(object));
      return changes;
    },
  };
}
