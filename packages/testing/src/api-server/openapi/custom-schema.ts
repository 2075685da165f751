import { builtInSchemas, type OpenApiSchema } from '../data/built-in.ts';
import { type Kind } from '../kinds/kind.ts';
import { type Schema } from '../schema/schema.ts';

const conventions =
  'More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';
const metaReference = (name: string): OpenApiSchema => ({
  $ref: `#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.${name}`,
});
const statusSchema = builtInSchemas['io.k8s.apimachinery.pkg.apis.meta.v1.Status']?.properties ?? {};
/** The same words at every kind. */
const typeFields = (): Record<string, OpenApiSchema> => ({
  apiVersion: statusSchema['apiVersion'] ?? {},
  kind: statusSchema['kind'] ?? {},
});
const objectMeta: OpenApiSchema = {
  description: `Standard object's metadata. ${conventions}#metadata`,
  allOf: [metaReference('ObjectMeta')],
};

/** `com.example.v1.Widget` for the Widget of `example.com/v1`. */
export const customSchemaName = ({ group, version }: Kind, kind: string): string =>
  [...group.split('.').reverse(), version, kind].join('.');

/** The schema of a CRD as its OpenAPI document shows it: with metadata, and with what its extensions mean. */
export function customSchema(kind: Kind, schema: Schema): OpenApiSchema {
  const { properties = {}, ...rest } = expand(schema);
  return {
    ...rest,
    properties: { ...properties, ...typeFields(), metadata: objectMeta },
    'x-kubernetes-group-version-kind': [groupVersionKind(kind, kind.kind)],
  };
}

export const customListSchema = (kind: Kind): OpenApiSchema => ({
  description: `${kind.listKind} is a list of ${kind.kind}`,
  type: 'object',
  required: ['items'],
  properties: {
    ...typeFields(),
    items: {
      description: `List of ${kind.plural}. ${conventions}`,
      type: 'array',
      items: { $ref: `#/components/schemas/${customSchemaName(kind, kind.kind)}` },
    },
    metadata: {
      description: `Standard list metadata. ${conventions}#types-kinds`,
      allOf: [metaReference('ListMeta')],
    },
  },
  'x-kubernetes-group-version-kind': [groupVersionKind(kind, kind.listKind)],
});

const groupVersionKind = ({ group, version }: Kind, kind: string) => ({ group, version, kind });

/** Writes out what `x-kubernetes-int-or-string` and `x-kubernetes-embedded-resource` stand for. */
function expand(schema: Schema): OpenApiSchema {
  const { properties, items, additionalProperties, ...rest } = schema as OpenApiSchema;
  const result: OpenApiSchema = { ...rest };
  if (properties) result.properties = mapValues(properties);
  if (items) result.items = expand(items as Schema);
  if (additionalProperties !== undefined) {
    result.additionalProperties =
      typeof additionalProperties === 'object'
        ? expand(additionalProperties as Schema)
        : additionalProperties;
  }
  if (schema['x-kubernetes-int-or-string'] && !result['anyOf'] && !result.allOf) {
    result['anyOf'] = [{ type: 'integer' }, { type: 'string' }];
  }
  if (schema['x-kubernetes-embedded-resource']) {
    const [apiVersion, kind] = embedded;
    result.properties = { ...result.properties, apiVersion, kind, metadata: objectMeta };
    result['required'] = [...new Set(['kind', 'apiVersion', ...((result['required'] ?? []) as string[])])];
  }
  return result;
}

const mapValues = (properties: Record<string, OpenApiSchema>): Record<string, OpenApiSchema> =>
  Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, expand(child as Schema)]));

const embedded: [OpenApiSchema, OpenApiSchema] = [
  {
    description: `apiVersion defines the versioned schema of this representation of an object. ${conventions}#resources`,
    type: 'string',
  },
  {
    description: `kind is a string value representing the type of this object. In CamelCase. ${conventions}#types-kinds`,
    type: 'string',
  },
];
