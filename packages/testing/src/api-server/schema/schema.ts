import { isFields } from '../json.ts';
import {
  atomic,
  free,
  keyed,
  leaf,
  mapOf,
  metadataShape,
  set,
  structOf,
  type Shape,
} from '../fields/shape.ts';

/** A rule in CEL. */
export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';
  fieldPath?: string;
  optionalOldSelf?: boolean | null;
}

/** A structural schema, as a CRD carries it: `openAPIV3Schema`. */
export interface Schema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  default?: unknown;
  nullable?: boolean;
  enum?: unknown[];
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-validations'?: ValidationRule[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
}

/** How the fields of a schema are owned. */
export function shapeOf(schema: Schema, isRoot = true): Shape {
  if (schema.type === 'array') return listShape(schema);
  if (schema['x-kubernetes-map-type'] === 'atomic') return atomic;
  if (schema.type === 'object' || schema.properties) {
    if (isFields(schema.additionalProperties)) return mapOf(shapeOf(schema.additionalProperties, false));
    const fields = Object.entries(schema.properties ?? {}).map(
      ([name, child]) => [name, shapeOf(child, false)] as const,
    );
    const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
    if (fields.length === 0 && isOpen && !isRoot) return free;
    return structOf(
      {
        ...Object.fromEntries(fields),
        ...(isRoot ? { apiVersion: leaf, kind: leaf, metadata: metadataShape } : {}),
      },
      isOpen ? free : 'refused',
    );
  }
  if (schema['x-kubernetes-preserve-unknown-fields']) return free;
  return schema.type === undefined ? leaf : { is: 'leaf', type: schema.type };
}

function listShape(schema: Schema): Shape {
  const items = schema.items ?? {};
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return set;
    case 'map':
      return keyed(
        schema['x-kubernetes-list-map-keys'] ?? [],
        shapeOf(items, false),
        Object.fromEntries(
          Object.entries(items.properties ?? {}).flatMap(([name, child]) =>
            child.default === undefined ? [] : [[name, child.default]],
          ),
        ),
      );
    default:
      return atomic;
  }
}
