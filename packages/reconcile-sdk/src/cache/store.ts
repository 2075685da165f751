import { type KubeObject } from '../client/index.ts';
import { createIndex, type Entry, type Index, type IndexFunction } from './indexes.ts';
import { isOlder } from './resource-version.ts';
import { shareWith } from './share.ts';

/** What happened to one object, with the state before it. */
export type Difference<T extends KubeObject> =
  | { kind: 'upsert'; object: T; old: T | undefined }
  /** `object` is the last state that was seen; the true final state may be unknown. */
  | { kind: 'delete'; object: T };

/** What readers see of a cache: frozen objects, shared, never copied. Who wants to change one copies it first. */
export interface ReadStore<T extends KubeObject, K extends string = never> {
  get(namespace: string | undefined, name: string): T | undefined;
  all(): readonly T[];
  /** Objects that name `uid` in any owner reference: how children are found (R1). */
  ownedBy(uid: string): readonly T[];
  /** Objects under a key of one of the indexes that were asked for. */
  by(index: K, key: string): readonly T[];
  size(): number;
}

/** A store as its reflector sees it. */
export interface Store<T extends KubeObject> extends Omit<ReadStore<T>, 'by'> {
  /** Empty when what is held is as new or newer. */
  upsert(object: T): Difference<T>[];
  remove(object: T): Difference<T>[];
  /**
   * Takes in an object of a list that is not complete yet. What equals the contents is not kept twice meanwhile.
   */
  stage(object: T): Staged<T>;
  /**
   * Makes the contents equal to a complete list; returns the difference. Contents are compared, not versions: in
   * a server whose store was put back the same resourceVersion may stand for something else.
   */
  replace(staged: Iterable<Staged<T>>): Difference<T>[];
  addIndex(keysOf: IndexFunction<T>): Index<T>;
  removeIndex(index: Index<T>): void;
  /** About how much JSON is held, in bytes. In memory it is less as far as objects have parts in common. */
  bytes(): number;
}

/** An object that has been taken in, but is not to be seen yet. */
export type Staged<T> = Readonly<Entry<T>>;

/** What is done to objects on the way in. */
export interface StoreOptions<T extends KubeObject> {
  /** The manager whose applied fields are kept in managedFields; all else there is dropped, sub-resources too: it is half of an object's bytes. */
  keepFieldsOf?: string;
  /** Makes an object smaller before it is held: it may change and return what it is given. When it throws, the object is held as it came. */
  transform?: (object: T) => T;
  /** `transform` or the function of an index threw. */
  onFault?: (error: unknown) => void;
}

const noNamespace = '';

/** An empty store. */
export function createStore<T extends KubeObject>(options: StoreOptions<T> = {}): Store<T> {
  const { keepFieldsOf, transform, onFault = () => undefined } = options;
  const namespaces = new Map<string, Map<string, Entry<T>>>();
  const byOwner = createIndex<T>(ownersOf, onFault);
  const indexes = new Set([byOwner]);
  /** What came in last: the model of what comes next, which is often one of the same set. */
  let latest: T | undefined;
  let size = 0;
  let bytes = 0;

  const entryOf = (object: KubeObject): Entry<T> | undefined =>
    namespaces.get(object.metadata?.namespace ?? noNamespace)?.get(object.metadata?.name ?? '');

  function takeIn(incoming: T, model: T | undefined): Staged<T> {
    strip(incoming, keepFieldsOf);
    let object = incoming;
    if (transform) {
      try {
        object = transform(incoming);
        assertSameObject(object, incoming);
      } catch (error) {
        object = incoming;
        onFault(error);
      }
    }
    const shared = shareWith(object, model ?? latest);
    latest = shared.value;
    return { object: shared.value, bytes: shared.bytes };
  }

  function add(taken: Staged<T>): void {
    const entry = { object: taken.object, bytes: taken.bytes };
    const { namespace = noNamespace, name = '' } = entry.object.metadata ?? {};
    let names = namespaces.get(namespace);
    if (!names) namespaces.set(namespace, (names = new Map<string, Entry<T>>()));
    names.set(name, entry);
    size++;
    bytes += entry.bytes;
    for (const index of indexes) index.added(entry);
  }
  function change(entry: Entry<T>, taken: Staged<T>): T {
    const before = entry.object;
    bytes += taken.bytes - entry.bytes;
    entry.object = taken.object;
    entry.bytes = taken.bytes;
    for (const index of indexes) index.changed(entry, before);
    return before;
  }
  function drop(entry: Entry<T>): void {
    const { namespace = noNamespace, name = '' } = entry.object.metadata ?? {};
    const names = namespaces.get(namespace);
    names?.delete(name);
    if (names?.size === 0) namespaces.delete(namespace);
    size--;
    bytes -= entry.bytes;
    for (const index of indexes) index.removed(entry);
  }

  function put(taken: Staged<T>, held: Entry<T> | undefined): Difference<T>[] {
    const { object } = taken;
    if (!held) {
      add(taken);
      return [{ kind: 'upsert', object, old: undefined }];
    }
    if (held.object === object) return [];
    if (isSameIncarnation(held.object, object)) return [{ kind: 'upsert', object, old: change(held, taken) }];
    // Another UID under the same name: the deletion in between was not seen, but it happened.
    const deleted = held.object;
    drop(held);
    add(taken);
    return [
      { kind: 'delete', object: deleted },
      { kind: 'upsert', object, old: undefined },
    ];
  }

  function* entries(): Generator<Entry<T>, void, undefined> {
    for (const names of namespaces.values()) yield* names.values();
  }

  return {
    get: (namespace, name) => namespaces.get(namespace ?? noNamespace)?.get(name)?.object,
    all() {
      const objects: T[] = [];
      for (const names of namespaces.values()) for (const { object } of names.values()) objects.push(object);
      return objects;
    },
    ownedBy: (uid) => byOwner.find(uid),
    size: () => size,
    bytes: () => bytes,
    upsert(object) {
      const held = entryOf(object);
      if (held && isSameIncarnation(held.object, object)) {
        const [version, heldVersion] = [versionOf(object), versionOf(held.object)];
        // Without a version, as of some aggregated API servers, every state is another.
        if ((version !== '' && version === heldVersion) || isOlder(version, heldVersion)) return [];
      }
      return put(takeIn(object, held?.object), held);
    },
    remove(object) {
      const held = entryOf(object);
      if (!held || !isSameIncarnation(held.object, object)) return [];
      const { object: last } = takeIn(object, held.object);
      drop(held);
      return [{ kind: 'delete', object: last }];
    },
    stage: (object) => takeIn(object, entryOf(object)?.object),
    replace(staged) {
      const differences: Difference<T>[] = [];
      const incoming = [...staged];
      const kept = new Set(incoming.map(({ object }) => entryOf(object)));
      for (const entry of [...entries()].filter((held) => !kept.has(held))) {
        drop(entry);
        differences.push({ kind: 'delete', object: entry.object });
      }
      for (const taken of incoming) {
        for (const found of put(taken, entryOf(taken.object))) differences.push(found);
      }
      return differences;
    },
    addIndex(keysOf) {
      const index = createIndex<T>(keysOf, onFault);
      indexes.add(index);
      for (const entry of entries()) index.added(entry);
      return index;
    },
    removeIndex: (index) => void indexes.delete(index),
  };
}

const ownersOf = (object: KubeObject): string[] =>
  (object.metadata?.ownerReferences ?? []).map((owner) => owner.uid);

const versionOf = (object: KubeObject): string => object.metadata?.resourceVersion ?? '';
const isSameIncarnation = (a: KubeObject, b: KubeObject): boolean => a.metadata?.uid === b.metadata?.uid;

function assertSameObject(after: KubeObject, before: KubeObject): void {
  for (const field of ['namespace', 'name', 'uid', 'resourceVersion'] as const) {
    if (after.metadata?.[field] !== before.metadata?.[field])
      throw new TypeError(`the transform changed metadata.${field}`);
  }
}

/**
 * Only what this manager applied is ever asked for (compare-then-skip of the plan layer), and only of the object
 * itself: a status is compared whole.
 */
function strip(object: KubeObject, keepFieldsOf: string | undefined): void {
  const metadata = object.metadata;
  if (!metadata?.managedFields) return;
  const own = metadata.managedFields.filter(
    ({ manager, operation, subresource }) =>
      keepFieldsOf !== undefined && manager === keepFieldsOf && operation === 'Apply' && !subresource,
  );
  if (own.length > 0) metadata.managedFields = own;
  else delete metadata.managedFields;
}
