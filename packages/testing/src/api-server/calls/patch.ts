import { applyTo, afterUpdate } from '../fields/managed-fields.ts';
import { typedProblem } from '../fields/typed-problem.ts';
import {
  copyJson,
  equalJson,
  isFields,
  type Fields,
  type ManagedFieldsEntry,
  type Meta,
  type Stored,
} from '../json.ts';
import { apiVersionOf, storageKey, type Kind } from '../kinds/kind.ts';
import { readBuiltIn } from '../kinds/built-in-reader.ts';
import { jsonPatch } from '../patches/json-patch.ts';
import { mergePatch } from '../patches/merge-patch.ts';
import { strategicMerge } from '../patches/strategic-merge.ts';
import { objectKey, type ServerState } from '../server-state.ts';
import { ApiFailure, badRequest, invalid, invalidValue, notFound } from '../status.ts';
import { load } from '../conversion/convert.ts';
import { insert } from './insert.ts';
import { replace } from './replace.ts';
import { writerOf, type Place, type WriteOptions } from './write-options.ts';

/** A patch of any type. Only an apply makes what is not there. */
export function patch(
  state: ServerState,
  kind: Kind,
  place: Place,
  contentType: string,
  body: unknown,
  options: WriteOptions & { force: boolean },
): { object: Stored; created: boolean } {
  const raw = state.store.get(storageKey(kind), objectKey(place.namespace, place.name));
  const before = raw && load(state, kind, raw);
  if (contentType.includes('apply-patch')) return apply(state, kind, place, before, body, options);
  if (!before) throw notFound(kind, place.name);
  const wanted = contentType.includes('json-patch')
    ? jsonPatch(before, body)
    : contentType.includes('strategic-merge-patch')
      ? strategicMerge(before, body, kind.shape)
      : mergePatch(before, body);
  if (!isFields(wanted)) throw badRequest('the patch does not leave an object');
  const { name } = (wanted['metadata'] ?? {}) as Partial<Meta>;
  if (name === undefined) {
    throw badRequest(
      `the name of the object (${place.name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (name !== place.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${place.name})`);
  }
  return { object: replace(state, kind, { before, wanted, isUpdate: false }, options), created: false };
}

function apply(
  state: ServerState,
  kind: Kind,
  place: Place,
  before: Stored | undefined,
  body: unknown,
  options: WriteOptions & { force: boolean },
): { object: Stored; created: boolean } {
  if (!isFields(body)) throw badRequest('what is applied is no object');
  const config = copyJson(body);
  const sent = (isFields(config['metadata']) ? config['metadata'] : {}) as Partial<Meta>;
  const isStatus = options.subresource === 'status';
  const { status } = config;
  const differsElsewhere =
    kind.status &&
    !isStatus &&
    status !== undefined &&
    !equalJson(mergePatch(before?.['status'], status), before?.['status']);
  if (kind.status && !isStatus) delete config['status'];
  const how = { force: options.force, differsElsewhere };
  if (isStatus)
    for (const name of Object.keys(config))
      if (!['apiVersion', 'kind', 'metadata', 'status'].includes(name)) delete config[name];
  const problem = typedProblem(config, kind.shape) ?? undeclared(config, kind);
  if (problem) {
    const what = `${place.namespace ? `${place.namespace}/` : ''}${place.name}; ${apiVersionOf(kind)}, Kind=${kind.kind}`;
    throw new ApiFailure(500, undefined, `failed to create typed patch object (${what}): ${problem}`);
  }
  const writer = writerOf(state, kind, options, 'Apply');
  if (!before) {
    if (isStatus) throw notFound(kind, place.name);
    const { object, managedFields } = applyTo({}, config, undefined, writer, kind.shape, how);
    if (sent.uid) {
      const cause = invalidValue('metadata.uid', sent.uid, 'field is immutable');
      throw invalid(kind.group, kind.kind, place.name, [cause, cause]);
    }
    const metadata = { ...(object['metadata'] as Fields), name: place.name };
    return {
      object: insert(state, kind, { ...object, metadata }, place.namespace, options, managedFields),
      created: true,
    };
  }
  const { object, managedFields } = applyTo(
    before,
    config,
    ownersOf(state, kind, before, options),
    writer,
    kind.shape,
    how,
  );
  const {
    labels: _labels,
    annotations: _annotations,
    finalizers: _finalizers,
    ownerReferences: _owners,
    ...rest
  } = before.metadata;
  const wanted: Fields = {
    ...object,
    metadata: {
      ...rest,
      ...(object['metadata'] as Fields),
      ...(sent.uid ? { uid: sent.uid } : {}),
      ...(sent.resourceVersion ? { resourceVersion: sent.resourceVersion } : {}),
    },
  };
  return {
    object: replace(state, kind, { before, wanted, owned: managedFields, isUpdate: false }, options),
    created: false,
  };
}

/** Who owns what before an apply; an object that nobody is known to own belongs to a manager of that name. */
function ownersOf(
  state: ServerState,
  kind: Kind,
  before: Stored,
  options: WriteOptions,
): ManagedFieldsEntry[] | undefined {
  const { managedFields } = before.metadata;
  if (managedFields && managedFields.length > 0) return managedFields;
  const writer = writerOf(
    state,
    kind,
    { ...options, manager: 'before-first-apply', subresource: undefined },
    'Update',
  );
  return afterUpdate(kind.empty, before, undefined, writer, kind.shape);
}

/** Built-in kinds have no schema here that says so: what they do not have is found out by reading a copy. */
function undeclared(config: Fields, kind: Kind): string | undefined {
  if (kind.schema) return undefined;
  const [path] = readBuiltIn(copyJson(config), kind);
  return path === undefined ? undefined : `.${path}: field not declared in schema`;
}
