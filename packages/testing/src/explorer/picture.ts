import { resourceText, type Resource } from '@stateful/reconcile-sdk';
import { type World } from '../simulation/index.ts';
import { isFields, type Fields, type Meta, type Stored } from '../api-server/json.ts';
import { storageKey } from '../api-server/kinds/kind.ts';
import { type SystemUnderTest } from './system.ts';

/** What stands at one moment, without what differs from run to run: `KIND NAMESPACE/NAME` to canonical JSON. */
export type Picture = ReadonlyMap<string, string>;

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const counters = new Set(['resourceVersion', 'uid', 'creationTimestamp', 'managedFields', 'generation']);
/** How a long operation went; that it ended is in the conditions. */
const course = new Set(['operation', 'operationHistory']);

/**
 * Takes a picture of the managed kinds, the parents and what is outside. `whole`: with the course of operations, for
 * telling whether two moments have the same future. `revision`: as it was then.
 */
export function takePicture(
  world: World,
  system: SystemUnderTest,
  { whole = false, revision }: { whole?: boolean; revision?: number } = {},
): Picture {
  const { store } = world.server;
  const kinds = [system.parents, ...system.managed];
  const objects = kinds.flatMap((resource) =>
    (store.list(storageKey(resource), revision) ?? []).map((object) => ({ resource, object })),
  );
  const names = new Map(
    objects.map(({ resource, object }) => [object.metadata.uid, nameOf(resource, object)]),
  );
  const picture = new Map<string, string>();
  for (const { resource, object } of objects) {
    const masked = system.mask && !whole ? system.mask(object) : object;
    picture.set(nameOf(resource, object), canonical(masked as Stored, names, whole));
  }
  const outside = system.outside?.(world);
  if (outside !== undefined) picture.set('outside', canonicalValue(outside, names));
  return picture;
}

export const nameOf = (
  resource: Resource,
  { metadata }: { metadata: Pick<Meta, 'namespace' | 'name'> },
): string =>
  `${resourceText(resource)} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`;

function canonical(object: Stored, names: ReadonlyMap<string, string>, whole: boolean): string {
  const { metadata, ...rest } = object;
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !counters.has(key)));
  const status = rest['status'];
  if (isFields(status)) {
    rest['status'] = Object.fromEntries(
      Object.entries(status)
        .filter(([key]) => whole || !course.has(key))
        .map(([key, value]) => [key, key === 'observedGeneration' ? lag(value, metadata) : value]),
    );
    const { conditions } = status as { conditions?: unknown };
    if (Array.isArray(conditions) && !whole) {
      // They are a map by type: the order tells only which of them came first.
      (rest['status'] as Fields)['conditions'] = conditions
        .map((each: unknown) => (isFields(each) ? plainCondition(each, metadata) : each))
        .toSorted((a, b) => typeOf(a).localeCompare(typeOf(b)));
    }
  }
  return canonicalValue({ ...rest, metadata: kept }, names);
}

/** Operations are numbered by how many there were before. */
const operationNumber = /^(\S+)-\d+:/;

const typeOf = (condition: unknown): string => (isFields(condition) ? String(condition['type']) : '');

const plainCondition = (condition: Fields, metadata: Meta): Fields => ({
  ...condition,
  ...(typeof condition['message'] === 'string'
    ? { message: condition['message'].replace(operationNumber, '$1:') }
    : {}),
  ...('observedGeneration' in condition
    ? { observedGeneration: lag(condition['observedGeneration'], metadata) }
    : {}),
});

/** Generations count writes; what matters is whether the newest is seen. */
const lag = (observed: unknown, { generation }: Meta): string =>
  observed === generation ? 'newest' : 'older';

/** JSON with sorted keys, times and UIDs by what they mean. */
function canonicalValue(value: unknown, names: ReadonlyMap<string, string>): string {
  if (typeof value === 'string') {
    if (time.test(value)) return '"<time>"';
    return JSON.stringify(value.includes('-') ? withoutUids(value, names) : value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalValue(item, names)).join()}]`;
  if (!isFields(value)) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, child]) => child !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, child]) => `${canonicalKey(key, names)}:${canonicalValue(child, names)}`);
  return `{${entries.join()}}`;
}

const canonicalKey = (key: string, names: ReadonlyMap<string, string>): string =>
  JSON.stringify(withoutUids(key, names));

/** UIDs differ from run to run; whose they are does not. */
const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const withoutUids = (text: string, names: ReadonlyMap<string, string>): string =>
  text.replace(uid, (found) => `<uid of ${names.get(found) ?? 'something else'}>`);

/** How one picture differs from another, in words; empty when it does not. */
export function differences(found: Picture, wanted: Picture): string[] {
  return [
    ...[...wanted.keys()].filter((name) => !found.has(name)).map((name) => `${name} is missing`),
    ...[...found].flatMap(([name, text]) => {
      const other = wanted.get(name);
      if (other === undefined) return [`${name} should not be there`];
      return other === text ? [] : [`${name} differs: ${firstDifference(text, other)}`];
    }),
  ];
}

function firstDifference(found: string, wanted: string): string {
  let at = 0;
  while (found[at] === wanted[at]) at++;
  const from = Math.max(0, at - 60);
  return `...${found.slice(from, at + 80)} instead of ...${wanted.slice(from, at + 80)}`;
}
