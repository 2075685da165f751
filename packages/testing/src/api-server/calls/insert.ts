import { checkGrant } from '../access/escalation.ts';
import { afterUpdate } from '../fields/managed-fields.ts';
import { copyJson, isFields, type Fields, type ManagedFieldsEntry, type Meta, type Stored } from '../json.ts';
import { storageKey, type Kind } from '../kinds/kind.ts';
import { newObject } from '../kinds/new-object.ts';
import { generatedName, newMetadataProblems, newUid, timeText } from '../metadata.ts';
import { objectKey, type ServerState } from '../server-state.ts';
import { ApiFailure, alreadyExists, invalid, notFound } from '../status.ts';
import { contentProblems, decode } from './prepare.ts';
import { put } from '../conversion/convert.ts';
import { isAdmitted, mutated, validated } from './admit.ts';
import { withManaged, writerOf, type WriteOptions } from './write-options.ts';

/** Makes a new object; `owned` when an apply has settled already who owns what of it. */
export function insert(
  state: ServerState,
  kind: Kind,
  sent: Fields,
  namespace: string | undefined,
  options: WriteOptions,
  owned?: ManagedFieldsEntry[],
): Stored {
  const { store, clock, random } = state;
  const now = timeText(clock.now());
  let object = copyJson(sent) as Stored;
  const given: Partial<Meta> = isFields(object.metadata) ? object.metadata : {};
  const { managedFields: _theirs, resourceVersion: _version, ...kept } = given;
  const name = given.name || (given.generateName ? generatedName(given.generateName, random) : '');
  object.metadata = {
    ...kept,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: newUid(random),
    creationTimestamp: now,
    resourceVersion: '',
    ...(kind.generation === 'none' ? {} : { generation: 1 }),
  };
  delete object.metadata.deletionTimestamp;
  if (kind.status) delete object['status'];
  decode(object, kind, now, options);
  const managedFields =
    owned ?? afterUpdate(kind.empty, object, undefined, writerOf(state, kind, options, 'Update'), kind.shape);
  object.metadata = withManaged(object.metadata, managedFields);
  requireNamespace(state, kind, namespace, name);
  const admission = { ...options, operation: 'CREATE' as const };
  const isAsked = isAdmitted(state, kind, options);
  if (isAsked) {
    object = mutated(state, kind, object, admission, (next) => decode(next, kind, now, { strict: false }));
    object.metadata = { ...object.metadata, name, ...(namespace === undefined ? {} : { namespace }) };
  }
  checkGrant(state, kind, undefined, object, options.user);
  newObject(object, kind);
  const problems = [...newMetadataProblems(object.metadata, kind), ...contentProblems(object, kind)];
  if (problems.length > 0) throw invalid(kind.group, kind.kind, name, problems);
  if (isAsked) validated(state, kind, object, admission);
  const key = objectKey(namespace, name);
  const held = store.get(storageKey(kind), key);
  if (held) throw alreadyExists(kind, name, held.metadata.deletionTimestamp !== undefined);
  if (!options.dryRun) return put(state, kind, key, object);
  const { resourceVersion: _none, ...rest } = object.metadata;
  return { ...object, metadata: rest as Meta };
}

function requireNamespace(
  { store, kinds }: ServerState,
  kind: Kind,
  namespace: string | undefined,
  name: string,
): void {
  if (!kind.namespaced || namespace === undefined) return;
  const namespaces = kinds.find('', 'v1', 'namespaces')!;
  const held = store.get(storageKey(namespaces), objectKey(undefined, namespace));
  if (!held) throw notFound(namespaces, namespace);
  if (held.metadata.deletionTimestamp === undefined) return;
  const plural = kind.group ? `${kind.plural}.${kind.group}` : kind.plural;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw new ApiFailure(403, 'Forbidden', `${plural} "${name}" is forbidden: ${why}`, {
    name,
    ...(kind.group ? { group: kind.group } : {}),
    kind: kind.plural,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  });
}
