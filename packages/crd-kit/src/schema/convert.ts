import type * as z from 'zod';
import { InexpressibleSchemaError } from './inexpressible.ts';
import { jsonSchema, type JsonSchema } from './json-schema.ts';
import { refuseForeignPattern } from './pattern.ts';
import { refuseSilentlyDropped } from './preflight.ts';
import { type StructuralSchema } from './structural-schema.ts';
import { intOrString, mergedMembers } from './union.ts';

/**
 * Converts a zod object schema to a structural schema, or throws InexpressibleSchemaError.
 * Nothing is dropped in silence: a check the API server could not enforce is refused.
 */
export function structuralSchema(schema: z.ZodType, path = 'spec'): StructuralSchema {
  refuseSilentlyDropped(schema, path);
  return convert(jsonSchema(schema), path);
}

const carriedOver = [
  'description',
  'default',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'multipleOf',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const;
const handled = new Set<string>([
  ...carriedOver,
  ...['type', 'format', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'const', 'nullable'],
  ...['required', 'properties', 'additionalProperties', 'items', 'kubernetes', 'anyOf', 'oneOf'],
  ...['$schema', 'id', 'title', 'readOnly'],
]);
/** zod's names for patterns of its own, which say nothing to the API server beside the pattern. */
const namesOfPatterns = new Set(['regex', 'starts_with', 'ends_with', 'includes', 'lowercase', 'uppercase']);
/** Formats that the API server checks. */
const formats = new Set('date-time date email hostname ipv4 ipv6 cidr mac uri uuid byte'.split(' '));

function convert(json: JsonSchema, path: string): StructuralSchema {
  const refuse = (cause: string, instead: string): never => {
    throw new InexpressibleSchemaError(path, cause, instead);
  };
  for (const key of Object.keys(json)) {
    if (key === 'allOf') refuse('two patterns cannot both be said', 'write one, and the other as a rule');
    if (!handled.has(key)) refuse(`the keyword ${key} is not allowed`, 'state it as a rule');
  }
  const options = json.anyOf ?? json.oneOf;
  if (options) return union(json, options, path);
  const type = json.type as StructuralSchema['type'];
  if (type === undefined) return refuse('it has no type', 'give it one type');
  const out: StructuralSchema = { type };
  for (const key of carriedOver) if (json[key] !== undefined) Object.assign(out, { [key]: json[key] });
  if (json['nullable'] === true) {
    if (!json.kubernetes?.nullable) {
      refuse(
        'null is hardly ever a value in the Kubernetes API',
        'make the field optional, or say `nullable: true`',
      );
    }
    out.nullable = true;
  }
  refuseYamlWords(out.enum, path);
  if (type === 'integer' || type === 'number') Object.assign(out, numericBounds(json, type, path));
  if (type === 'string') Object.assign(out, stringFormat(json, path));
  // zod's pattern for date-time is long and not RE2; the server checks the format.
  if (out.format === 'date-time') delete out.pattern;
  if (out.pattern !== undefined) refuseForeignPattern(out.pattern, path);
  if (type === 'array') Object.assign(out, listShape(json, path));
  if (type === 'object') Object.assign(out, objectShape(json, path));
  if (json.kubernetes?.rules) out['x-kubernetes-validations'] = json.kubernetes.rules;
  return out;
}

function union(json: JsonSchema, options: readonly JsonSchema[], path: string): StructuralSchema {
  const { anyOf: _anyOf, oneOf: _oneOf, ...rest } = json;
  const either = intOrString(options);
  if (either) {
    // Bounds of numbers do not touch strings, nor the other way round, so that all may stand side by side.
    const { type: _int, format: _format, ...int } = convert(either.int, path);
    const { type: _string, ...string } = convert(either.string, path);
    return {
      ...int,
      ...string,
      ...(typeof json['description'] === 'string' ? { description: json['description'] } : {}),
      ...(json['default'] === undefined ? {} : { default: json['default'] }),
      'x-kubernetes-int-or-string': true,
    };
  }
  const { schema, rules } = mergedMembers(options, path);
  return convert(
    {
      ...rest,
      ...schema,
      kubernetes: { ...json.kubernetes, rules: [...rules, ...(json.kubernetes?.rules ?? [])] },
    },
    path,
  );
}

function stringFormat(json: JsonSchema, path: string): Partial<StructuralSchema> {
  const format = json['format'] as string | undefined;
  if (format === undefined || namesOfPatterns.has(format)) return {};
  if (format === 'duration') {
    throw new InexpressibleSchemaError(
      path,
      'a duration as text has many forms',
      'use an integer named …Seconds',
    );
  }
  if (!formats.has(format)) {
    throw new InexpressibleSchemaError(
      path,
      `the API server does not check the format ${format}`,
      'use a pattern',
    );
  }
  return { format };
}

/** Words that kubectl and Helm, which read YAML 1.1, take for a boolean or null unless they stand in quotes. */
const yamlWords = /^(y|yes|n|no|on|off|true|false|null|~)$/i;

function refuseYamlWords(values: readonly unknown[] | undefined, path: string): void {
  // Nobody writes a status by hand, and conditions have `True` and `False` by convention.
  if (path.startsWith('status')) return;
  const word = values?.find((value) => typeof value === 'string' && yamlWords.test(value));
  if (word === undefined) return;
  throw new InexpressibleSchemaError(
    path,
    `${JSON.stringify(word)} without quotes is no string in YAML`,
    'use another word',
  );
}

function numericBounds(
  json: JsonSchema,
  type: 'integer' | 'number',
  path: string,
): Partial<StructuralSchema> {
  const minimum = json['minimum'] as number | undefined;
  const maximum = json['maximum'] as number | undefined;
  if (json['exclusiveMinimum'] !== undefined || json['exclusiveMaximum'] !== undefined) {
    throw new InexpressibleSchemaError(
      path,
      'exclusive bounds read badly in `kubectl explain`',
      'use .min() and .max()',
    );
  }
  if (type === 'number')
    return { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) };
  const bounded =
    minimum !== undefined &&
    maximum !== undefined &&
    minimum > Number.MIN_SAFE_INTEGER &&
    maximum < Number.MAX_SAFE_INTEGER;
  if (!bounded)
    throw new InexpressibleSchemaError(
      path,
      'an integer without bounds overflows somewhere',
      'give it .min() and .max()',
    );
  const format = minimum >= -(2 ** 31) && maximum < 2 ** 31 ? 'int32' : 'int64';
  return { format, minimum, maximum };
}

function listShape(json: JsonSchema, path: string): Partial<StructuralSchema> {
  if (!json.items)
    throw new InexpressibleSchemaError(path, 'a list needs one item type', 'use z.array(item)');
  const items = convert(json.items, `${path}[]`);
  const { listMapKeys: keys, listType } = json.kubernetes ?? {};
  if (!keys) {
    if (listType === 'set' && items.type === 'object')
      throw new InexpressibleSchemaError(path, 'objects cannot be a set', 'use listMapKeys');
    return { items, 'x-kubernetes-list-type': listType ?? 'atomic' };
  }
  for (const key of keys) {
    const field = items.properties?.[key];
    if (!field || field.type === 'object' || field.type === 'array')
      throw new InexpressibleSchemaError(path, `${key} is no scalar field of its items`, 'name one that is');
    if (!items.required?.includes(key) && field.default === undefined)
      throw new InexpressibleSchemaError(
        path,
        `the key ${key} may be missing`,
        'require it or give it a default',
      );
  }
  return { items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys };
}

function objectShape(json: JsonSchema, path: string): Partial<StructuralSchema> {
  if (json.kubernetes?.preserveUnknownFields) return { 'x-kubernetes-preserve-unknown-fields': true };
  const extra = json.additionalProperties;
  if (json.properties && Object.keys(json.properties).length > 0) {
    // `false` (z.strictObject) is what pruning does anyway; a schema would keep what nobody described.
    if (typeof extra === 'object' || extra === true) {
      throw new InexpressibleSchemaError(
        path,
        'fields with names and fields without cannot stand side by side',
        'put those without into a z.record of their own',
      );
    }
    const properties = Object.fromEntries(
      Object.entries(json.properties).map(([name, value]) => [name, convert(value, `${path}.${name}`)]),
    );
    const required = json.required ?? [];
    return { properties, ...(required.length > 0 ? { required } : {}) };
  }
  const maxProperties = json.kubernetes?.maxProperties;
  if (typeof extra === 'object')
    return {
      additionalProperties: convert(extra, `${path}.*`),
      ...(maxProperties === undefined ? {} : { maxProperties }),
    };
  throw new InexpressibleSchemaError(
    path,
    'an object without fields would keep nothing',
    'name its fields or use z.record',
  );
}
