import { checkGrant } from '../access/escalation.ts';
import { afterUpdate } from '../fields/managed-fields.ts';
import {
  copyJson,
  equalJson,
  isFields,
  type Fields,
  type ManagedFieldsEntry,
  type Meta,
  type Stored,
} from '../json.ts';
import { storageKey, type Kind } from '../kinds/kind.ts';
import { everyWrite } from '../kinds/new-object.ts';
import { changedMetadataProblems, isSameObject, timeText } from '../metadata.ts';
import { objectKey, type ServerState } from '../server-state.ts';
import { conflict, invalid } from '../status.ts';
import { put } from '../conversion/convert.ts';
import { isAdmitted, mutated, validated } from './admit.ts';
import { heldByItsKind } from './delete.ts';
import { contentProblems, decode } from './prepare.ts';
import { withManaged, writerOf, type WriteOptions } from './write-options.ts';

const modified =
  'the object has been modified; please apply your changes to the latest version and try again';

/** Causes of a built-in kind's metadata are told twice: the API server checks it twice. */
const twice = <T>(kind: Kind, causes: T[]): T[] => (kind.schema ? causes : [...causes, ...causes]);

/** How an existing object becomes the one that is wanted. */
export interface Replacement {
  before: Stored;
  /** As sent or patched; whatever a sub-resource may not write is put back here. */
  wanted: Fields;
  /** Of an apply: ownership is settled already. */
  owned?: ManagedFieldsEntry[];
  isUpdate: boolean;
}

/** Changes an object that is there; the last finalizer of one that is going takes it away. */
export function replace(
  state: ServerState,
  kind: Kind,
  { before, wanted, owned, isUpdate }: Replacement,
  options: WriteOptions,
): Stored {
  const { store, clock } = state;
  const now = timeText(clock.now());
  const { name } = before.metadata;
  const sent = isFields(wanted['metadata']) ? (wanted['metadata'] as Partial<Meta>) : {};
  checkVersion(kind, before, sent, isUpdate);
  let object = confined(kind, before, wanted, options.subresource);
  object.metadata = {
    ...object.metadata,
    name,
    uid: object.metadata.uid ?? before.metadata.uid,
    resourceVersion: before.metadata.resourceVersion,
    creationTimestamp: before.metadata.creationTimestamp,
  };
  keepServerFields(object.metadata, before.metadata);
  decode(object, kind, now, options, !isUpdate);
  object.metadata = withManaged(
    object.metadata,
    owned ?? ownersAfter(state, kind, before, object, sent, options),
  );
  const admission = { ...options, operation: 'UPDATE' as const, before };
  const isAsked = isAdmitted(state, kind, options);
  if (isAsked)
    object = mutated(state, kind, object, admission, (next) => decode(next, kind, now, { strict: false }));
  checkGrant(state, kind, before, object, options.user);
  const problems = twice(kind, changedMetadataProblems(before, object));
  const content = contentProblems(object, kind, before, options.warn);
  if (problems.length + content.length > 0)
    throw invalid(kind.group, kind.kind, name, [...problems, ...content]);
  everyWrite(object, kind);
  if (contentChanged(kind, before, object))
    object.metadata.generation = (before.metadata.generation ?? 0) + 1;
  if (isAsked) validated(state, kind, object, admission);
  if (isSameObject(before, object)) return before;
  if (options.dryRun) return object;
  const key = objectKey(object.metadata.namespace, name);
  if (isOver(object, kind)) {
    store.delete(storageKey(kind), key);
    return object;
  }
  return put(state, kind, key, object);
}

/** Going, and held by nothing any more: no finalizer, no time of grace, nothing of its kind's own. */
const isOver = (object: Stored, kind: Kind): boolean =>
  object.metadata.deletionTimestamp !== undefined &&
  (object.metadata.finalizers ?? []).length === 0 &&
  (object.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
  !heldByItsKind(object, kind);

function ownersAfter(
  state: ServerState,
  kind: Kind,
  before: Stored,
  object: Stored,
  sent: Partial<Meta>,
  options: WriteOptions,
): ManagedFieldsEntry[] {
  // An update may bring the list along; one that is empty of sense resets it.
  const brought = sent.managedFields;
  const isReset = brought?.length === 1 && Object.keys(brought[0]!).length === 0;
  const entries = isReset
    ? undefined
    : brought && brought.length > 0
      ? brought
      : before.metadata.managedFields;
  // Who owns an object that nobody is known to own is not guessed at before somebody applies.
  if (entries === undefined || entries.length === 0) return [];
  return afterUpdate(before, object, entries, writerOf(state, kind, options, 'Update'), kind.shape);
}

function checkVersion(kind: Kind, before: Stored, sent: Partial<Meta>, isUpdate: boolean): void {
  const { name, uid, resourceVersion } = before.metadata;
  if (isUpdate && sent.uid && sent.uid !== uid) {
    const path = [kind.group, kind.plural, before.metadata.namespace, name].filter(Boolean).join('/');
    throw conflict(
      kind,
      kind.plural,
      name,
      `StorageError: invalid object, Code: 4, Key: /registry/${path}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${sent.uid}, UID in object meta: ${uid}`,
    );
  }
  if (isUpdate && !sent.resourceVersion && !kind.blindUpdates) {
    throw invalid(kind.group, kind.plural, name, [
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: 0: must be specified for an update',
        field: 'metadata.resourceVersion',
      },
    ]);
  }
  if (sent.resourceVersion && sent.resourceVersion !== resourceVersion) {
    throw conflict(kind, kind.plural, name, modified);
  }
}

/** Each resource writes its part: status the status, the main one all but that. */
function confined(kind: Kind, before: Stored, wanted: Fields, subresource: string | undefined): Stored {
  if (subresource === 'status') {
    const { status: _old, ...rest } = copyJson(before);
    return wanted['status'] === undefined ? rest : { ...rest, status: copyJson(wanted['status']) };
  }
  const object = copyJson(wanted) as Stored;
  object.metadata = (isFields(object.metadata) ? object.metadata : {}) as Meta;
  if (kind.status) {
    delete object['status'];
    if (before['status'] !== undefined) object['status'] = copyJson(before['status']);
  }
  return object;
}

function keepServerFields(metadata: Meta, before: Meta): void {
  for (const name of [
    'namespace',
    'generation',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generateName',
  ] as const) {
    if (before[name] === undefined) delete metadata[name];
    else (metadata as Fields)[name] = before[name];
  }
}

function contentChanged(kind: Kind, before: Stored, after: Stored): boolean {
  if (kind.generation === 'none') return false;
  const counted = ({
    metadata: _metadata,
    apiVersion: _version,
    kind: _kind,
    status,
    ...rest
  }: Stored): Fields => (kind.status ? rest : { ...rest, status });
  return !equalJson(counted(before), counted(after));
}
