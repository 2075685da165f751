import { type Stored } from '../json.ts';

/** One change, as watches are told of it. */
export interface Change {
  revision: number;
  /** Kind, as `storageKey` names it. */
  of: string;
  /** `NAMESPACE/NAME`. */
  key: string;
  /** What is there now; of a deletion the last state, with the deletion's own version. */
  object: Stored;
  previous: Stored | undefined;
  deleted: boolean;
}

/** Objects under one growing revision, with the changes that led there: what etcd is to the API server. */
export interface RevisionStore {
  revision(): number;
  /** The oldest revision that a watch can still go on from. */
  compactedTo(): number;
  get(of: string, key: string): Stored | undefined;
  /** Sorted by key; as it was at a revision, or undefined when that is too old. */
  list(of: string, at?: number): readonly Stored[] | undefined;
  /** Stores under the next revision, which becomes the object's resourceVersion. */
  put(of: string, key: string, object: Stored): Stored;
  delete(of: string, key: string): void;
  /** Changes after a revision, or undefined when some are forgotten. */
  since(revision: number): readonly Change[] | undefined;
  onChange(listener: (change: Change) => void): () => void;
  /** Forgets what led to this revision: watches and lists that need older ones are told that they are gone. */
  compact(revision: number): void;
  /** Every kind that has had objects. */
  kinds(): readonly string[];
}

export interface RevisionStoreOptions {
  /** How many changes are remembered; the oldest are forgotten by the way. */
  history: number;
}

export function createRevisionStore({ history }: RevisionStoreOptions): RevisionStore {
  const objects = new Map<string, Map<string, Stored>>();
  const listeners = new Set<(change: Change) => void>();
  let changes: Change[] = [];
  // A real server has written much before its first client comes; nobody may rely on small numbers.
  let revision = 100;
  let compacted = revision;

  /** What is there now, in order; made when it is asked for, and again after a change. */
  const lists = new Map<string, readonly Stored[]>();
  const orders = new Map<string, string[]>();

  function listed(kind: string): readonly Stored[] {
    const known = lists.get(kind);
    if (known) return known;
    const held = of(kind);
    let order = orders.get(kind);
    if (!order) orders.set(kind, (order = [...held.keys()].sort()));
    const list = order.map((key) => held.get(key)!);
    lists.set(kind, list);
    return list;
  }
  const of = (kind: string): Map<string, Stored> => {
    let held = objects.get(kind);
    if (!held) objects.set(kind, (held = new Map<string, Stored>()));
    return held;
  };
  function tell(change: Change): void {
    changes.push(change);
    // In bulk, so that a long run does not move the whole list for each change.
    if (changes.length > history * 2) compact(changes[changes.length - history - 1]!.revision);
    for (const listener of [...listeners]) listener(change);
  }
  function compact(to: number): void {
    compacted = Math.max(compacted, Math.min(to, revision));
    changes = changes.filter((change) => change.revision > compacted);
  }
  const versioned = (object: Stored): Stored => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(revision) },
  });

  return {
    revision: () => revision,
    compactedTo: () => compacted,
    get: (kind, key) => objects.get(kind)?.get(key),
    list(kind, at = revision) {
      if (at < compacted) return undefined;
      if (at >= revision) return listed(kind);
      const result = new Map(objects.get(kind));
      for (let index = changes.length - 1; index >= 0 && changes[index]!.revision > at; index--) {
        const change = changes[index]!;
        if (change.of !== kind) continue;
        if (change.previous) result.set(change.key, change.previous);
        else result.delete(change.key);
      }
      return [...result].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    },
    put(kind, key, object) {
      const previous = of(kind).get(key);
      revision++;
      const stored = versioned(object);
      of(kind).set(key, stored);
      lists.delete(kind);
      if (!previous) orders.delete(kind);
      tell({ revision, of: kind, key, object: stored, previous, deleted: false });
      return stored;
    },
    delete(kind, key) {
      const previous = of(kind).get(key);
      if (!previous) return;
      revision++;
      of(kind).delete(key);
      lists.delete(kind);
      orders.delete(kind);
      tell({ revision, of: kind, key, object: versioned(previous), previous, deleted: true });
    },
    since: (from) => (from < compacted ? undefined : changes.slice(firstAfter(changes, from))),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    compact,
    kinds: () => [...objects.keys()],
  };
}

/** Where the changes after a revision begin; they are in order. */
function firstAfter(changes: readonly Change[], revision: number): number {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (changes[middle]!.revision > revision) high = middle;
    else low = middle + 1;
  }
  return low;
}
