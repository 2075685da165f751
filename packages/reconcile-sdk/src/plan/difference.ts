import { type KubeObject } from '../client/index.ts';

/** managedFields' fieldsV1: `f:NAME` fields, `k:{...}` items of a keyed list, `v:...` items of a set, `.` itself. */
export type FieldSet = { [key: string]: FieldSet };

/** What this manager owns of an object through server-side apply. */
export function appliedFields(object: KubeObject, manager: string): FieldSet | undefined {
  const entry = object.metadata?.managedFields?.find(
    ({ manager: by, operation, subresource }) => by === manager && operation === 'Apply' && !subresource,
  );
  return entry?.fieldsV1 as FieldSet | undefined;
}

/**
 * Path of the first place where applying `desired` would change `live`, or undefined when it would change
 * nothing: a wanted value is missing or different, or something that we applied before is no longer wanted.
 * What the API server filled in, and what others own, does not count.
 */
export function difference(
  desired: unknown,
  live: unknown,
  owned: FieldSet | undefined,
  path = '',
): string | undefined {
  if (desired === undefined || desired === null) return undefined;
  if (Array.isArray(desired)) return listDifference(desired, live, owned, path);
  if (typeof desired === 'object') return mapDifference(desired as Fields, live, owned, path);
  if (desired === live || (isQuantityAt(path) && sameQuantity(desired, live))) return undefined;
  return path;
}

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** The API server drops empty maps and lists of most kinds, so empty equals absent. */
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);

function mapDifference(
  desired: Fields,
  live: unknown,
  owned: FieldSet | undefined,
  path: string,
): string | undefined {
  if (!isFields(live)) return isEmpty(desired) && isEmpty(live) ? undefined : path;
  for (const [key, value] of Object.entries(desired)) {
    const found = difference(value, live[key], owned?.[`f:${key}`], `${path}.${key}`);
    if (found !== undefined) return found;
  }
  for (const key of Object.keys(owned ?? {})) {
    if (!key.startsWith('f:')) continue;
    const name = key.slice(2);
    if (desired[name] === undefined && live[name] !== undefined) return `${path}.${name}`;
  }
  return undefined;
}

function listDifference(
  desired: unknown[],
  live: unknown,
  owned: FieldSet | undefined,
  path: string,
): string | undefined {
  if (!Array.isArray(live)) return isEmpty(desired) && isEmpty(live) ? undefined : path;
  const keys = Object.keys(owned ?? {});
  if (keys.some((key) => key.startsWith('k:'))) return keyedListDifference(desired, live, owned ?? {}, path);
  if (keys.some((key) => key.startsWith('v:'))) {
    const wanted = new Set(desired.map((item) => JSON.stringify(item)));
    const had = new Set(live.map((item) => JSON.stringify(item)));
    const isKept = keys.every((key) => !key.startsWith('v:') || wanted.has(key.slice(2)));
    return isKept && [...wanted].every((item) => had.has(item)) ? undefined : path;
  }
  // An atomic list: it is replaced as a whole, so it has to match item by item.
  if (desired.length !== live.length) return path;
  for (const [index, item] of desired.entries()) {
    const found = difference(item, live[index], undefined, `${path}[${index}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A list whose items are told apart by some of their fields: order does not matter, items of others stay. */
function keyedListDifference(
  desired: unknown[],
  live: unknown[],
  owned: FieldSet,
  path: string,
): string | undefined {
  const identities = Object.keys(owned)
    .filter((key) => key.startsWith('k:'))
    .map((key) => ({ key, identity: JSON.parse(key.slice(2)) as Fields }));
  const matched = new Set<string>();
  for (const [index, item] of desired.entries()) {
    const own = identities.find(
      ({ key, identity }) => !matched.has(key) && isFields(item) && fits(item, identity),
    );
    if (!own) return `${path}[${index}]`;
    matched.add(own.key);
    const current = live.find((candidate) => isFields(candidate) && fits(candidate, own.identity));
    const found = difference(item, current, owned[own.key], `${path}[${index}]`);
    if (found !== undefined) return found;
    if (current === undefined) return `${path}[${index}]`;
  }
  const dropped = identities.find(({ key }) => !matched.has(key));
  return dropped ? `${path}${dropped.key.slice(2)}` : undefined;
}

/** Whether an item is the one of that identity; a key field that the item leaves out was filled in by a default. */
const fits = (item: Fields, identity: Fields): boolean =>
  Object.entries(identity).every(([key, value]) => item[key] === undefined || item[key] === value);

const isQuantityAt = (path: string): boolean =>
  /\.(limits|requests|capacity)\.|\.sizeLimit$|\.storage$/.test(path);

const suffixes: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** The API server rewrites quantities (`1000m` to `1`): compare what they mean. */
function sameQuantity(a: unknown, b: unknown): boolean {
  const value = (quantity: unknown): number | undefined => {
    const match = /^([0-9.]+)(n|u|m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/.exec(String(quantity));
    return match ? Number(match[1]) * (suffixes[match[2] ?? ''] ?? NaN) : undefined;
  };
  const [left, right] = [value(a), value(b)];
  return left !== undefined && right !== undefined && Math.abs(left - right) <= Math.abs(left) * 1e-9;
}
