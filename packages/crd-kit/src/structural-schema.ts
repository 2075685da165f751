import * as z from 'zod';

/** An OpenAPI v3 structural schema, the only kind of schema a CustomResourceDefinition accepts. */
export interface StructuralSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  description?: string;
  default?: unknown;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
  'x-kubernetes-validations'?: ValidationRule[];
  'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-preserve-unknown-fields'?: true;
}

/** One CEL rule. `rule` sees the value as `self` and, on update, its former value as `oldSelf`. */
export interface ValidationRule {
  rule: string;
  message: string;
  fieldPath?: string;
  reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';
  optionalOldSelf?: boolean;
}

/** What a schema may say beyond zod's own checks: `z.string().meta({ kubernetes: {...} })`. */
export interface KubernetesMeta {
  rules?: ValidationRule[];
  /** Server-side apply merges the list by these keys. A list without them is atomic. */
  listMapKeys?: string[];
  /** A list of scalars that is a set: no value twice, and server-side apply merges it. */
  listType?: 'set';
  /** Most entries of a `z.record`, for which zod has no word. */
  maxProperties?: number;
  /** An object of any JSON, which the API server neither checks nor prunes: `z.record(z.string(), z.unknown())`. */
  preserveUnknownFields?: true;
}

/** A zod schema says something that a structural schema cannot: the path, the cause, what to write instead. */
export class InexpressibleSchemaError extends Error {
  readonly path: string;

  constructor(path: string, cause: string, instead: string) {
    super(`${path}: ${cause}; ${instead}`);
    this.name = 'InexpressibleSchemaError';
    this.path = path;
  }
}

/**
 * Converts a zod object schema to a structural schema, or throws InexpressibleSchemaError.
 * Nothing is dropped in silence: a check the API server could not enforce is refused.
 */
export function structuralSchema(schema: z.ZodType, path = 'spec'): StructuralSchema {
  refuseSilentlyDropped(schema, path);
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    cycles: 'throw',
    unrepresentable: 'throw',
  });
  return convert(json as JsonSchema, path);
}

type JsonSchema = Record<string, unknown> & {
  type?: string;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  kubernetes?: KubernetesMeta;
};

const carriedOver = [
  'description',
  'default',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
] as const;
const handled = new Set<string>([
  ...carriedOver,
  'type',
  'format',
  'minimum',
  'maximum',
  'required',
  'properties',
  'additionalProperties',
  'items',
  'kubernetes',
  '$schema',
  'id',
  'title',
  'propertyNames',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'const',
]);

function convert(json: JsonSchema, path: string): StructuralSchema {
  for (const key of Object.keys(json)) {
    if (handled.has(key)) continue;
    if (key === 'anyOf' || key === 'oneOf' || key === 'allOf') {
      throw new InexpressibleSchemaError(
        path,
        'a union has no structural form',
        'use optional members and a rule that exactly one is set',
      );
    }
    if (key === 'nullable')
      throw new InexpressibleSchemaError(
        path,
        'null is not a value in the Kubernetes API',
        'make the field optional',
      );
    throw new InexpressibleSchemaError(path, `the keyword ${key} is not allowed`, 'state it as a rule');
  }
  const type = json.type as StructuralSchema['type'];
  if (type === undefined) throw new InexpressibleSchemaError(path, 'it has no type', 'give it one type');
  const out: StructuralSchema = { type };
  for (const key of carriedOver) if (json[key] !== undefined) Object.assign(out, { [key]: json[key] });
  if (json['const'] !== undefined) out.enum = [json['const']];
  refuseYamlWords(out.enum, path);
  if (type === 'integer' || type === 'number') Object.assign(out, numericBounds(json, type, path));
  // zod's patterns for date-time are long and not RE2; the format alone is what the server checks.
  if (json['format'] === 'date-time') {
    out.format = 'date-time';
    delete out.pattern;
  }
  if (type === 'array') Object.assign(out, listShape(json, path));
  if (type === 'object') Object.assign(out, objectShape(json, path));
  if (json.kubernetes?.rules) out['x-kubernetes-validations'] = json.kubernetes.rules;
  return out;
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
  const keys = json.kubernetes?.listMapKeys;
  return {
    items: convert(json.items, `${path}[]`),
    ...(keys
      ? { 'x-kubernetes-list-type': 'map' as const, 'x-kubernetes-list-map-keys': keys }
      : { 'x-kubernetes-list-type': json.kubernetes?.listType ?? ('atomic' as const) }),
  };
}

function objectShape(json: JsonSchema, path: string): Partial<StructuralSchema> {
  if (json.kubernetes?.preserveUnknownFields) return { 'x-kubernetes-preserve-unknown-fields': true };
  const extra = json.additionalProperties;
  if (json.properties && Object.keys(json.properties).length > 0) {
    const properties = Object.fromEntries(
      Object.entries(json.properties).map(([name, value]) => [name, convert(value, `${path}.${name}`)]),
    );
    const required = (json['required'] as string[] | undefined) ?? [];
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

/** Refinements and transforms vanish in JSON Schema: find them before they do. */
function refuseSilentlyDropped(schema: z.ZodType, path: string): void {
  const def = schema._zod.def as unknown as {
    type: string;
    checks?: { _zod: { def: { check: string } } }[];
    innerType?: z.ZodType;
    element?: z.ZodType;
    shape?: Record<string, z.ZodType>;
    valueType?: z.ZodType;
  };
  if (def.type === 'pipe' || def.type === 'transform') {
    throw new InexpressibleSchemaError(
      path,
      'a transform cannot run in the API server',
      'transform after parsing',
    );
  }
  const rules = (schema.meta()?.['kubernetes'] as KubernetesMeta | undefined)?.rules;
  if (def.checks?.some((check) => check._zod.def.check === 'custom') && !rules?.length) {
    throw new InexpressibleSchemaError(
      path,
      'a refinement is not enforced by the API server',
      'add the same check as a CEL rule in .meta({ kubernetes: { rules } })',
    );
  }
  if (def.innerType) refuseSilentlyDropped(def.innerType, path);
  if (def.element) refuseSilentlyDropped(def.element, `${path}[]`);
  if (def.valueType) refuseSilentlyDropped(def.valueType, `${path}.*`);
  for (const [name, field] of Object.entries(def.shape ?? {}))
    refuseSilentlyDropped(field, `${path}.${name}`);
}
