import { isFields, type Fields, type ManagedFieldsEntry } from '../json.ts';
import { ApiFailure } from '../status.ts';
import { appliedPaths, compare } from './compare.ts';
import { merge, prune } from './merge.ts';
import {
  common,
  equalSets,
  fieldElement,
  inOrder,
  minus,
  pathText,
  readFieldsV1,
  union,
  writeFieldsV1,
  type PathSet,
} from './path-set.ts';
import { type Shape } from './shape.ts';

/** Who writes, how, and when. */
export interface Writer {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource: string | undefined;
  /** Absent: not told, as for scale. */
  time?: string;
}

interface Owner {
  entry: Omit<ManagedFieldsEntry, 'fieldsV1' | 'fieldsType'>;
  set: PathSet;
}

const identity = ({ manager, operation, apiVersion, subresource }: Owner['entry'] | Writer): string =>
  JSON.stringify([manager, operation, operation === 'Update' ? apiVersion : '', subresource ?? '']);

function ownersOf(entries: readonly ManagedFieldsEntry[] | undefined): Map<string, Owner> {
  return new Map(
    (entries ?? []).map(({ fieldsV1, fieldsType: _type, ...entry }) => [
      identity(entry),
      { entry, set: readFieldsV1(fieldsV1) },
    ]),
  );
}

const entryOf = ({ manager, operation, apiVersion, subresource, time }: Writer): Owner['entry'] => ({
  manager,
  operation,
  apiVersion,
  ...(time === undefined ? {} : { time }),
  ...(subresource === undefined ? {} : { subresource }),
});

/** Applied before updated, older before newer, then by name: as the API server orders them. */
function entriesOf(owners: Iterable<Owner>): ManagedFieldsEntry[] {
  const rank = ({ operation, time, manager, apiVersion, subresource }: Owner['entry']): string =>
    [operation, time ?? '', manager, apiVersion, subresource ?? ''].join('\u0000');
  return [...owners]
    .filter(({ set }) => set.size > 0)
    .sort((a, b) => (rank(a.entry) < rank(b.entry) ? -1 : 1))
    .map(({ entry, set }) => ({ ...entry, fieldsType: 'FieldsV1', fieldsV1: writeFieldsV1(set) }));
}

/** What a manager can own: not what names an object, nor what the API server alone writes. */
export function ownable(object: Fields): Fields {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = object;
  const { labels, annotations, finalizers, ownerReferences } = isFields(metadata) ? metadata : {};
  const kept = Object.entries({ labels, annotations, finalizers, ownerReferences }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...rest, metadata: Object.fromEntries(kept) };
}

/** managedFields after a write that is no apply: whoever changes a field owns it from then on. */
export function afterUpdate(
  before: Fields,
  after: Fields,
  entries: readonly ManagedFieldsEntry[] | undefined,
  writer: Writer,
  shape: Shape,
): ManagedFieldsEntry[] {
  const { added, modified, removed } = compare(ownable(before), ownable(after), shape);
  const owners = ownersOf(entries);
  const changed = union(added, modified);
  const own = identity(writer);
  for (const [key, owner] of owners) {
    if (key !== own) owners.set(key, { ...owner, set: minus(owner.set, changed, removed) });
  }
  const held = owners.get(own);
  const set = minus(union(held?.set ?? new Set(), changed), removed);
  const isSame = held && equalSets(held.set, set);
  owners.set(own, isSame ? held : { entry: entryOf(writer), set });
  return entriesOf(owners.values());
}

/** An apply that has been carried out, before defaults. */
export interface Applied {
  object: Fields;
  managedFields: ManagedFieldsEntry[];
}

/** How an apply is carried out. */
export interface ApplyOptions {
  force: boolean;
  /** It also says something else than the object in a part that it may not write. */
  differsElsewhere: boolean;
}

/** Server-side apply. `live` is what an object of this kind is when there is none. Throws the 409 of conflicts. */
export function applyTo(
  live: Fields,
  applied: Fields,
  entries: readonly ManagedFieldsEntry[] | undefined,
  writer: Writer,
  shape: Shape,
  { force, differsElsewhere }: ApplyOptions,
): Applied {
  const own = identity(writer);
  const owners = ownersOf(entries);
  const last: PathSet = owners.get(own)?.set ?? new Set<string>();
  const set = appliedPaths(ownable(applied), shape);
  // Metadata of which nothing is said is there all the same, and nobody's.
  set.delete(fieldElement('metadata'));
  const before = ownable(live);
  const merged = merge(before, ownable(applied), shape);
  const others = [...owners].filter(([key]) => key !== own);
  const owned = union(set, ...others.map(([, owner]) => owner.set));
  const object = prune(merged, last, owned, shape) as Fields;
  const { added, modified, removed } = compare(before, object, shape);
  const changed = union(added, modified);
  const conflicts = others
    .map(([key, owner]) => ({ key, owner, paths: common(owner.set, changed) }))
    .filter(({ paths }) => paths.size > 0);
  if (conflicts.length > 0 && !force) throw conflictFailure(conflicts);
  for (const [key, owner] of others) {
    owners.set(key, { ...owner, set: minus(owner.set, changed, removed) });
  }
  const held = owners.get(own);
  // The API server tells no time of an apply that changed nothing but who owns what.
  const { time: _time, ...timeless } = writer;
  const isChange = changed.size + removed.size > 0 || differsElsewhere;
  const entry = entryOf(isChange ? writer : timeless);
  owners.set(own, held && equalSets(held.set, set) ? held : { entry, set });
  return { object, managedFields: entriesOf(owners.values()) };
}

function conflictFailure(conflicts: readonly { owner: Owner; paths: PathSet }[]): ApiFailure {
  const named = conflicts.map(({ owner: { entry }, paths }) => ({
    by: `${JSON.stringify(entry.manager)}${entry.subresource ? ` with subresource ${JSON.stringify(entry.subresource)}` : ''}${entry.operation === 'Update' ? ` using ${entry.apiVersion}` : ''}`,
    paths: inOrder(paths).map(pathText),
  }));
  const count = named.reduce((sum, { paths }) => sum + paths.length, 0);
  const texts = named.map(({ by, paths }) =>
    paths.length === 1
      ? `conflict with ${by}: ${paths[0]}`
      : `conflicts with ${by}:\n- ${paths.join('\n- ')}`,
  );
  return new ApiFailure(
    409,
    'Conflict',
    `Apply failed with ${count} conflict${count === 1 ? '' : 's'}: ${texts.join('\n')}`,
    {
      causes: named.flatMap(({ by, paths }) =>
        paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${by}`, field })),
      ),
    },
  );
}
