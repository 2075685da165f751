import { isDeepStrictEqual } from 'node:util';
import { type StructuralSchema, type ValidationRule } from '../schema/structural-schema.ts';

/** A change of a schema that can break who wrote against the former one. */
export interface Change {
  readonly rule: string;
  readonly path: string;
  readonly message: string;
}

const upper = ['maxLength', 'maximum', 'maxItems', 'maxProperties'] as const;
const lower = ['minLength', 'minimum', 'minItems', 'minProperties'] as const;
const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

/** All breaking changes from `old` to `now`, at every depth. */
export function* schemaChanges(
  old: StructuralSchema,
  now: StructuralSchema,
  path: string,
): Generator<Change> {
  const change = (rule: string, message: string): Change => ({ rule, path, message });
  const kindOf = (schema: StructuralSchema): string =>
    schema['x-kubernetes-int-or-string'] ? 'integer or string' : (schema.type ?? 'any');
  if (kindOf(old) !== kindOf(now)) {
    yield change('type-stays', `it was ${kindOf(old)} and is ${kindOf(now)}`);
    return;
  }
  if (old.format !== now.format && !(old.format === 'int32' && now.format === 'int64'))
    yield change('format-stays', `it was ${show(old.format)} and is ${show(now.format)}`);
  for (const key of upper)
    if (now[key] !== undefined && now[key] < (old[key] ?? Number.POSITIVE_INFINITY))
      yield change('bounds-never-tighten', `${key} was ${show(old[key])} and is ${now[key]}`);
  for (const key of lower)
    if (now[key] !== undefined && now[key] > (old[key] ?? Number.NEGATIVE_INFINITY))
      yield change('bounds-never-tighten', `${key} was ${show(old[key])} and is ${now[key]}`);
  if (now.multipleOf !== undefined && now.multipleOf !== old.multipleOf)
    yield change('bounds-never-tighten', `multipleOf was ${show(old.multipleOf)} and is ${now.multipleOf}`);
  if (now.pattern !== undefined && now.pattern !== old.pattern)
    yield change('pattern-stays', `it was ${show(old.pattern)} and is ${show(now.pattern)}`);
  yield* enumChanges(old, now, change);
  if (!isDeepStrictEqual(old.default, now.default))
    yield change('default-stays', `it was ${show(old.default)} and is ${show(now.default)}`);
  if (old.nullable && !now.nullable) yield change('null-stays', 'null was allowed and is not');
  for (const key of ['x-kubernetes-list-type', 'x-kubernetes-list-map-keys'] as const)
    if (!isDeepStrictEqual(old[key], now[key]))
      yield change('list-type-stays', `${key} was ${show(old[key])} and is ${show(now[key])}`);
  if (old['x-kubernetes-preserve-unknown-fields'] && !now['x-kubernetes-preserve-unknown-fields'])
    yield change('field-stays', 'fields without a name were kept and are not');
  yield* ruleChanges(old, now, change);
  yield* fieldChanges(old, now, path);
  if (old.items && now.items) yield* schemaChanges(old.items, now.items, `${path}[]`);
  if (old.additionalProperties && now.additionalProperties)
    yield* schemaChanges(old.additionalProperties, now.additionalProperties, `${path}.*`);
  else if (old.additionalProperties) yield change('field-stays', 'any key was kept and none is');
}

type Say = (rule: string, message: string) => Change;

function* enumChanges(old: StructuralSchema, now: StructuralSchema, change: Say): Generator<Change> {
  if (now.enum === undefined) return;
  const gone = (old.enum ?? [undefined]).filter((value) => !now.enum?.includes(value));
  if (gone.length > 0)
    yield change(
      'enum-value-stays',
      old.enum ? `${gone.map(show).join(', ')} is no value any more` : 'any value was allowed',
    );
}

function* ruleChanges(old: StructuralSchema, now: StructuralSchema, change: Say): Generator<Change> {
  const known = new Set((old['x-kubernetes-validations'] ?? []).map((rule: ValidationRule) => rule.rule));
  for (const { rule } of now['x-kubernetes-validations'] ?? [])
    if (!known.has(rule)) yield change('rule-is-not-added', `"${rule}" is new and may refuse what was valid`);
}

function* fieldChanges(old: StructuralSchema, now: StructuralSchema, path: string): Generator<Change> {
  for (const [name, property] of Object.entries(old.properties ?? {})) {
    const after = now.properties?.[name];
    if (after) yield* schemaChanges(property, after, `${path}.${name}`);
    else yield { rule: 'field-stays', path: `${path}.${name}`, message: 'the field is gone' };
  }
  for (const name of now.required ?? [])
    if (!old.required?.includes(name))
      yield {
        rule: 'required-is-not-added',
        path: `${path}.${name}`,
        message: 'the field was optional or is new, and is required',
      };
}
