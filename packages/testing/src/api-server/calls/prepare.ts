import { isFields, type Fields, type Stored } from '../json.ts';
import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import { hasRules, ruleProblems } from '../cel/rules.ts';
import { applyDefaults, dropNulls, pruneUnknown } from '../schema/prune.ts';
import { validate } from '../schema/validate.ts';
import { readBuiltIn, WrongType } from '../kinds/built-in-reader.ts';
import { badRequest, invalid, invalidValue, type ApiFailure, type StatusCause } from '../status.ts';
import { type WriteOptions } from './write-options.ts';

/** Fields of built-in kinds that are left out when they are empty, as the API server's own types say. */
const omittedWhenEmpty = new Set([
  'data',
  'binaryData',
  'stringData',
  'labels',
  'annotations',
  'nodeSelector',
  'limits',
  'requests',
  'capacity',
  'parameters',
]);

/** Maps of texts: null in one is a text without letters. */
const textMaps = new Set(['data', 'stringData', 'labels', 'annotations']);

/** What is done about fields that nobody knows. */
export type UnknownFields = Pick<WriteOptions, 'strict' | 'warn'>;

/** Decodes what was sent into the form in which it is stored: unknown fields gone, defaults filled in. `object` is changed. */
export function decode(object: Fields, kind: Kind, now: string, about: UnknownFields, isPatch = false): void {
  object['apiVersion'] = apiVersionOf(kind);
  object['kind'] = kind.kind;
  // A patch is told of with the whole object that it would leave.
  const whole = isPatch && about.strict ? JSON.stringify(object) : undefined;
  dropEmpty(object['metadata']);
  const unknown = kind.schema ? pruneUnknown(object, kind.schema).sort() : readStrictly(object, kind);
  if (unknown.length > 0) tellUnknown(unknown, kind, about, whole);
  if (kind.schema) {
    applyDefaults(object, kind.schema);
    dropNulls(object, kind.schema);
    return;
  }
  kind.defaults?.(object, { now });
  dropEmpty(object);
}

const unreadable = ({ kind, version }: Kind, why: string): ApiFailure =>
  badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`);

function readStrictly(object: Fields, kind: Kind): string[] {
  try {
    return readBuiltIn(object, kind);
  } catch (error) {
    if (error instanceof WrongType) throw unreadable(kind, error.message);
    throw error;
  }
}

function tellUnknown(
  paths: readonly string[],
  kind: Kind,
  { strict, warn }: UnknownFields,
  patched: string | undefined,
): void {
  const texts = paths.map((path) => `unknown field "${path}"`);
  if (!strict) {
    texts.forEach((text) => warn?.(text));
    return;
  }
  const why = `strict decoding error: ${texts.join(', ')}`;
  if (patched === undefined) throw unreadable(kind, why);
  throw invalid('', '', '', [invalidValue('patch', patched, why)]);
}

/** Takes away nulls, empty lists, and maps that are left out when they are empty. */
function dropEmpty(value: unknown): void {
  if (Array.isArray(value)) {
    value.forEach(dropEmpty);
    return;
  }
  if (!isFields(value)) return;
  for (const [name, child] of Object.entries(value)) {
    if (name === 'managedFields') continue;
    if (textMaps.has(name) && isFields(child)) for (const key of Object.keys(child)) child[key] ??= '';
    dropEmpty(child);
    const isGone =
      child === null ||
      (Array.isArray(child) && child.length === 0) ||
      (omittedWhenEmpty.has(name) && isFields(child) && Object.keys(child).length === 0);
    if (isGone) delete value[name];
  }
}

/** What is wrong with the contents of an object. */
export function contentProblems(
  object: Stored,
  kind: Kind,
  before?: Stored,
  warn?: WriteOptions['warn'],
): StatusCause[] {
  if (!kind.schema) return kind.problems?.(object, before) ?? [];
  const content = contentOf(object);
  const causes = validate(content, kind.schema, '', before && contentOf(before));
  if (hasRules(kind.schema)) {
    // Where the form is wrong, rules would only repeat it in worse words.
    if (causes.some(({ reason }) => blocking.has(reason))) causes.push(unchecked);
    else {
      // Only under a schema that has changed can what is there already be wrong.
      const tolerated: StatusCause[] | undefined = kind.versions ? [] : undefined;
      causes.push(...ruleProblems(object, before, kind.schema, tolerated));
      for (const { field, message } of tolerated ?? []) warn?.(`${field}: ${message}`);
    }
  }
  return [...causes, ...scaleProblems(content, kind)];
}

function contentOf({ apiVersion: _version, kind: _kind, metadata: _metadata, ...content }: Stored): Fields {
  return content;
}

const blocking = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const unchecked: StatusCause = {
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
};

/** The number of replicas has to be one, by the path that the scale sub-resource reads it at. */
function scaleProblems(content: Fields, { scale }: Kind): StatusCause[] {
  if (!scale) return [];
  let value: unknown = content;
  for (const name of scale.replicas.split('.').filter(Boolean)) {
    if (value === undefined) return [];
    if (!isFields(value)) return [accessorProblem(scale.replicas, value, 'map[string]interface{}')];
    value = value[name];
  }
  return value === undefined || Number.isInteger(value)
    ? []
    : [accessorProblem(scale.replicas, value, 'int64')];
}

const accessorProblem = (field: string, value: unknown, wanted: string): StatusCause => {
  const type = typeof value === 'number' ? 'float64' : typeof value;
  return invalidValue(
    field,
    0,
    `${field} accessor error: ${String(value)} is of the type ${type}, expected ${wanted}`,
  );
};
