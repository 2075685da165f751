import data from './built-in.json' with { type: 'json' };

/** A column of a Table, as a kind has it. */
export interface ColumnFact {
  name: string;
  type: string;
  format?: string;
  priority?: number;
  /** Absent: that of the field of metadata which the column shows. */
  description?: string;
}

/** What the real server says of one built-in kind, beside its schema. */
export interface BuiltInFacts {
  singular: string;
  shortNames?: readonly string[];
  categories?: readonly string[];
  columns: readonly ColumnFact[];
}

/** A schema of OpenAPI v3. */
export interface OpenApiSchema {
  description?: string;
  type?: string;
  $ref?: string;
  allOf?: OpenApiSchema[];
  items?: OpenApiSchema;
  properties?: Record<string, OpenApiSchema>;
  additionalProperties?: OpenApiSchema | boolean;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
  [more: string]: unknown;
}

/** Recorded by `test/contract/record-built-in.ts`; descriptions are cut to their first sentence. */
const recorded = data as unknown as {
  gitVersion: string;
  kinds: Readonly<Record<string, BuiltInFacts>>;
  schemas: Readonly<Record<string, OpenApiSchema>>;
};

/** The version of Kubernetes that this server answers as. */
export const { gitVersion } = recorded;

/** Schemas of the built-in kinds and of all that they refer to, by their names in OpenAPI. */
export const builtInSchemas = recorded.schemas;

export const builtInFacts = (group: string, plural: string): BuiltInFacts | undefined =>
  recorded.kinds[`${plural}.${group}`];

const { properties: metadataFields = {} } =
  builtInSchemas['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'] ?? {};

/** What the API says of a field of `metadata`. */
export const metadataDescription = (field: string): string => metadataFields[field]?.description ?? '';
