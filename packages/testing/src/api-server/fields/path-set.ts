import { isFields, type Fields } from '../json.ts';

/**
 * Fields of one object, each by its path: elements as managedFields writes them (`f:NAME`, `k:{...}`, `v:...`), with
 * a character between them that no name has.
 */
export type PathSet = ReadonlySet<string>;

const separator = '\u0000';
export const join = (path: string, element: string): string =>
  path === '' ? element : `${path}${separator}${element}`;
export const elementsOf = (path: string): string[] => path.split(separator);
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf(separator)));
/** Whether a set has this path or something beneath it. */
export function reaches(set: PathSet, path: string): boolean {
  if (set.has(path)) return true;
  const prefix = path + separator;
  for (const each of set) if (each.startsWith(prefix)) return true;
  return false;
}

export const fieldElement = (name: string): string => `f:${name}`;
export const valueElement = (value: unknown): string => `v:${JSON.stringify(value)}`;
export const keyElement = (item: Fields, keys: readonly string[], defaults: Fields): string =>
  `k:${JSON.stringify(
    Object.fromEntries(
      [...keys].sort().flatMap((key) => {
        const value = item[key] ?? defaults[key];
        return value === undefined ? [] : [[key, value] as const];
      }),
    ),
  )}`;

/**
 * Most writes leave most owners as they are. What was read of a `fieldsV1`, or written as one, is therefore kept: both
 * are never changed.
 */
const read = new WeakMap<Fields, PathSet>();
const written = new WeakMap<PathSet, Fields>();

/** As `fieldsV1`. */
export function writeFieldsV1(set: PathSet): Fields {
  let fields = written.get(set);
  if (!fields) written.set(set, (fields = write(set)));
  return fields;
}

/** The fields that a `fieldsV1` names. */
export function readFieldsV1(fields: Fields): PathSet {
  let set = read.get(fields);
  if (!set) {
    read.set(fields, (set = collect(fields, '', new Set<string>())));
    written.set(set, fields);
  }
  return set;
}

function write(set: PathSet): Fields {
  const root: Fields = {};
  const members = new Set<Fields>();
  for (const path of [...set].sort()) {
    let node = root;
    for (const element of elementsOf(path)) {
      const next = (node[element] ?? {}) as Fields;
      node[element] = next;
      node = next;
    }
    members.add(node);
  }
  for (const member of members) if (Object.keys(member).length > 0) member['.'] = {};
  return root;
}

function collect(fields: Fields, path: string, into: Set<string>): Set<string> {
  for (const [element, child] of Object.entries(fields)) {
    if (element === '.') {
      into.add(path);
      continue;
    }
    const at = join(path, element);
    if (isFields(child) && Object.keys(child).length > 0) collect(child, at, into);
    else into.add(at);
  }
  return into;
}

/** For people: `.spec.ports[port=5432,protocol="TCP"].name`. */
export const pathText = (path: string): string =>
  elementsOf(path)
    .map((element) => {
      const rest = element.slice(2);
      if (element.startsWith('f:')) return `.${rest}`;
      if (element.startsWith('v:')) return `[=${rest}]`;
      const keys = Object.entries(JSON.parse(rest) as Fields);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');

/** In the order in which the API server tells paths: at each level what ends there first. */
export function inOrder(set: PathSet): string[] {
  const rank = (path: string): string[] => {
    const elements = elementsOf(path);
    return elements.map((element, index) => `${index === elements.length - 1 ? 0 : 1}${element}`);
  };
  return [...set].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    for (let index = 0; index < Math.min(left.length, right.length); index++) {
      if (left[index] !== right[index]) return left[index]! < right[index]! ? -1 : 1;
    }
    return left.length - right.length;
  });
}

export const union = (...sets: PathSet[]): Set<string> => new Set(sets.flatMap((each) => [...each]));
/** The set itself where nothing is taken from it. */
export function minus(set: PathSet, ...others: PathSet[]): PathSet {
  const some = others.filter(({ size }) => size > 0);
  if (some.length === 0) return set;
  const rest = [...set].filter((path) => !some.some((other) => other.has(path)));
  return rest.length === set.size ? set : new Set(rest);
}
export const common = (set: PathSet, other: PathSet): Set<string> =>
  new Set([...set].filter((path) => other.has(path)));
export const equalSets = (a: PathSet, b: PathSet): boolean =>
  a.size === b.size && [...a].every((path) => b.has(path));
