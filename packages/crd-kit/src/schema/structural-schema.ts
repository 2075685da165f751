/** An OpenAPI v3 structural schema, the only kind of schema a CustomResourceDefinition accepts. */
export interface StructuralSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  description?: string;
  default?: unknown;
  nullable?: true;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
  'x-kubernetes-validations'?: ValidationRule[];
  'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-int-or-string'?: true;
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
  /** `null` is meant, and is something else than no value. Without this a `.nullable()` is refused. */
  nullable?: true;
  /** An object of any JSON, which the API server neither checks nor prunes: `z.record(z.string(), z.unknown())`. */
  preserveUnknownFields?: true;
}

/** Every schema in a schema with its path, itself first: `spec.items[].name`, `spec.tags.*`. */
export function* walk(
  schema: StructuralSchema,
  path: string,
): Generator<{ readonly path: string; readonly schema: StructuralSchema }> {
  yield { path, schema };
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    yield* walk(property, `${path}.${name}`);
  if (schema.items) yield* walk(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* walk(schema.additionalProperties, `${path}.*`);
}
