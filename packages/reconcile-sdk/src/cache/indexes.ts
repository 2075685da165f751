import { type KubeObject } from '../client/index.ts';

/** Keys under which an object is found; none when it is not to be found. Pure, and cheap: called at every change. */
export type IndexFunction<T extends KubeObject> = (object: T) => readonly string[];
/** Indexes by name. */
export type Indexes<T extends KubeObject, K extends string = string> = Readonly<Record<K, IndexFunction<T>>>;

/** One object as it is held. The entry stays the same while versions of the object come and go. */
export interface Entry<T> {
  object: T;
  bytes: number;
}

/** One index over the entries of a store. */
export interface Index<T extends KubeObject> {
  added(entry: Entry<T>): void;
  /** `before`: the entry's previous object. */
  changed(entry: Entry<T>, before: T): void;
  removed(entry: Entry<T>): void;
  find(key: string): T[];
}

/** `onFault`: the function threw; the object is then under no key of this index. */
export function createIndex<T extends KubeObject>(
  keysOf: IndexFunction<T>,
  onFault: (error: unknown) => void,
): Index<T> {
  /** Most keys find one object, and a Set of one takes 400 bytes. */
  const found = new Map<string, Entry<T> | Set<Entry<T>>>();
  const keys = (object: T): readonly string[] => {
    try {
      return keysOf(object);
    } catch (error) {
      onFault(error);
      return [];
    }
  };
  const add = (key: string, entry: Entry<T>): void => {
    const entries = found.get(key);
    if (entries instanceof Set) entries.add(entry);
    else if (entries) found.set(key, new Set([entries, entry]));
    else found.set(key, entry);
  };
  const remove = (key: string, entry: Entry<T>): void => {
    const entries = found.get(key);
    if (entries instanceof Set) entries.delete(entry);
    if (entries === entry || (entries instanceof Set && entries.size === 0)) found.delete(key);
  };
  return {
    added: (entry) => keys(entry.object).forEach((key) => add(key, entry)),
    changed(entry, before) {
      const [old, fresh] = [keys(before), keys(entry.object)];
      for (const key of old) if (!fresh.includes(key)) remove(key, entry);
      for (const key of fresh) if (!old.includes(key)) add(key, entry);
    },
    removed: (entry) => keys(entry.object).forEach((key) => remove(key, entry)),
    find(key) {
      const entries = found.get(key);
      if (!entries) return [];
      return entries instanceof Set ? Array.from(entries, ({ object }) => object) : [entries.object];
    },
  };
}
