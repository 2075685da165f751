import { equalJson, isFields, type Fields } from '../json.ts';
import { invalidValue, required, type StatusCause } from '../status.ts';
import { keyedPartner } from './correlate.ts';
import { type Schema } from './schema.ts';

/** What is wrong with an object by its schema, in the API server's words; nothing when all is well. */
export function validate(value: unknown, schema: Schema, path = '', before?: unknown): StatusCause[] {
  if (value === null && schema.nullable) return [];
  // What did not change may stay as wrong as it was.
  if (before !== undefined && equalJson(value, before)) return [];
  const type = typeProblem(value, schema, path);
  if (type) return [type];
  const causes: StatusCause[] = [];
  if (isFields(value)) causes.push(...fieldProblems(value, schema, path, before));
  if (Array.isArray(value)) causes.push(...itemProblems(value, schema, path, before));
  if (typeof value === 'number') causes.push(...numberProblems(value, schema, path));
  if (typeof value === 'string') causes.push(...textProblems(value, schema, path));
  if (schema.enum && !schema.enum.some((allowed) => equalJson(allowed, value))) {
    causes.push({
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${schema.enum.map((each) => JSON.stringify(each)).join(', ')}`,
      field: path,
    });
  }
  return causes;
}

const inBody = (path: string): string => `${path} in body`;

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function typeProblem(value: unknown, schema: Schema, path: string): StatusCause | undefined {
  const wanted = schema['x-kubernetes-int-or-string']
    ? ['integer', 'string']
    : schema.type
      ? [schema.type]
      : [];
  const found = typeOf(value);
  if (wanted.length === 0 || wanted.includes(found)) return undefined;
  if (found === 'integer' && wanted.includes('number')) return undefined;
  return {
    ...invalidValue(
      path,
      found,
      `${inBody(path)} must be of type ${wanted.join(',')}: ${JSON.stringify(found)}`,
    ),
    reason: 'FieldValueTypeInvalid',
  };
}

function fieldProblems(object: Fields, schema: Schema, path: string, before: unknown): StatusCause[] {
  const old: Fields = isFields(before) ? before : {};
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const missing = (schema.required ?? []).filter((name) => object[name] === undefined);
  const declared = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    object[name] === undefined ? [] : validate(object[name], child, at(name), old[name]),
  );
  const more = isFields(schema.additionalProperties) ? (schema.additionalProperties as Schema) : undefined;
  const entries = more
    ? Object.entries(object).flatMap(([name, child]) => validate(child, more, at(name), old[name]))
    : [];
  const count = Object.keys(object).length;
  const tooMany =
    schema.maxProperties !== undefined && count > schema.maxProperties
      ? [tooManyOf(path, count, schema.maxProperties)]
      : [];
  return [...missing.map((name) => required(at(name))), ...declared, ...entries, ...tooMany];
}

const tooManyOf = (field: string, count: number, most: number): StatusCause => ({
  reason: 'FieldValueTooMany',
  message: `Too many: ${count}: must have at most ${most} items`,
  field,
});

function itemProblems(list: unknown[], schema: Schema, path: string, before: unknown): StatusCause[] {
  if (schema.maxItems !== undefined && list.length > schema.maxItems) {
    return [tooManyOf(path, list.length, schema.maxItems)];
  }
  const few =
    schema.minItems !== undefined && list.length < schema.minItems
      ? [invalidValue(path, list.length, `${inBody(path)} should have at least ${schema.minItems} items`)]
      : [];
  const { items } = schema;
  const partner = keyedPartner(before, schema);
  const inside = items
    ? list.flatMap((item, index) => validate(item, items, `${path}[${index}]`, partner(item)))
    : [];

  return [...few, ...inside, ...duplicates(list, schema, path)];
}

function duplicates(list: unknown[], schema: Schema, path: string): StatusCause[] {
  const keys = schema['x-kubernetes-list-map-keys'];
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const identity =
      type === 'map' && keys && isFields(item)
        ? JSON.stringify(
            Object.fromEntries(keys.flatMap((key) => (item[key] === undefined ? [] : [[key, item[key]]]))),
          )
        : JSON.stringify(item);
    if (!seen.has(identity)) {
      seen.add(identity);
      return [];
    }
    return [
      { reason: 'FieldValueDuplicate', message: `Duplicate value: ${identity}`, field: `${path}[${index}]` },
    ];
  });
}

function numberProblems(value: number, schema: Schema, path: string): StatusCause[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const bad = (why: string): StatusCause => invalidValue(path, value, `${inBody(path)} should be ${why}`);
  return [
    ...(minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)
      ? [bad(`greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`)]
      : []),
    ...(maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)
      ? [bad(`less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`)]
      : []),
    ...(multipleOf !== undefined && value % multipleOf !== 0 ? [bad(`a multiple of ${multipleOf}`)] : []),
  ];
}

/** One at a time, as the API server checks them: a text that is too short is not matched any more. */
function textProblems(value: string, schema: Schema, path: string): StatusCause[] {
  const { minLength, maxLength, pattern } = schema;
  const length = [...value].length;
  if (maxLength !== undefined && length > maxLength) {
    return [
      {
        reason: 'FieldValueTooLong',
        message: `Too long: may not be more than ${maxLength} bytes`,
        field: path,
      },
    ];
  }
  if (minLength !== undefined && length < minLength) {
    return [invalidValue(path, value, `${inBody(path)} should be at least ${minLength} chars long`)];
  }
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
    return [invalidValue(path, value, `${inBody(path)} should match '${pattern}'`)];
  }
  return [];
}
