import type * as z from 'zod';
import { structuralSchema } from './schema/convert.ts';
import { type StructuralSchema, type ValidationRule } from './schema/structural-schema.ts';

/** One column of `kubectl get`. */
export interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'date' | 'boolean';
  jsonPath: string;
  description?: string;
  /** 0 shows in plain `kubectl get`, 1 only with `-o wide`. */
  priority?: 0 | 1;
}

/** One version of a kind. */
export interface KindVersion {
  /** `v1`, `v1beta2`, `v1alpha1` */
  name: string;
  served: boolean;
  storage: boolean;
  /** Shown to whoever uses this version; it says what to use instead. */
  deprecationWarning?: string;
  spec: z.ZodType;
  status: z.ZodType;
  /** Rules over the whole object. Of its metadata they see `self.metadata.name` and `generateName` alone. */
  rules?: ValidationRule[];
  columns: PrinterColumn[];
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string };
}

/** A rule of the linter or of the compatibility check that does not hold somewhere, and why that is right. */
export interface Exception {
  /** Name of the rule. */
  rule: string;
  /** Where, such as `spec.suspend`; in every version. */
  path: string;
  why: string;
}

/** One kind: its names and its versions. */
export interface Kind {
  group: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames: string[];
  categories: string[];
  scope?: 'Namespaced' | 'Cluster';
  versions: KindVersion[];
  /**
   * How objects get from version to version. None (default): only `apiVersion` is rewritten, so fields that one
   * version lacks are lost when that version writes.
   */
  conversion?: 'None' | 'Webhook';
  /** What the linter lets pass. */
  exceptions?: Exception[];
}

/** Where the API server finds the conversion webhook. */
export type ConversionClient = {
  /** PEM, base64; written by the operator itself when it has certificates of its own. */
  caBundle?: string;
} & (
  | { url: string; service?: never }
  | { service: { namespace: string; name: string; path: string; port?: number }; url?: never }
);

/** The CustomResourceDefinition (apiextensions.k8s.io/v1) of a kind, as plain JSON. */
export interface CustomResourceDefinition {
  apiVersion: 'apiextensions.k8s.io/v1';
  kind: 'CustomResourceDefinition';
  metadata: { name: string };
  spec: {
    group: string;
    names: {
      kind: string;
      listKind: string;
      plural: string;
      singular: string;
      shortNames: string[];
      categories: string[];
    };
    scope: 'Namespaced' | 'Cluster';
    conversion?: {
      strategy: 'Webhook';
      webhook: { conversionReviewVersions: string[]; clientConfig: ConversionClient };
    };
    versions: CustomResourceDefinitionVersion[];
  };
}

/** One of its versions. */
export interface CustomResourceDefinitionVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: true;
  deprecationWarning?: string;
  additionalPrinterColumns: PrinterColumn[];
  subresources: { status: Record<string, never>; scale?: NonNullable<KindVersion['scale']> };
  schema: { openAPIV3Schema: StructuralSchema };
}

/**
 * The CustomResourceDefinition of a kind. Without `conversion` it has no word of the webhook, which whoever installs it
 * adds; then only one version may be written.
 */
export function customResourceDefinition(
  kind: Kind,
  options: { conversion?: ConversionClient } = {},
): CustomResourceDefinition {
  refuseWrongVersions(kind);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${kind.group}` },
    spec: {
      group: kind.group,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: kind.shortNames,
        categories: kind.categories,
      },
      scope: kind.scope ?? 'Namespaced',
      ...(options.conversion
        ? {
            conversion: {
              strategy: 'Webhook' as const,
              webhook: { conversionReviewVersions: ['v1'], clientConfig: options.conversion },
            },
          }
        : {}),
      versions: kind.versions.map((version) => ({
        name: version.name,
        served: version.served,
        storage: version.storage,
        ...(version.deprecationWarning
          ? { deprecated: true as const, deprecationWarning: version.deprecationWarning }
          : {}),
        additionalPrinterColumns: version.columns,
        subresources: { status: {}, ...(version.scale ? { scale: version.scale } : {}) },
        schema: { openAPIV3Schema: rootSchema(version) },
      })),
    },
  };
}

function refuseWrongVersions({ kind, versions, conversion = 'None' }: Kind): void {
  const refuse = (what: string): never => {
    throw new Error(`${kind}: ${what}`);
  };
  if (versions.filter((v) => v.storage).length !== 1)
    refuse('exactly one version must be the storage version');
  if (!versions.some((v) => v.served)) refuse('at least one version must be served');
  if (new Set(versions.map((v) => v.name)).size !== versions.length)
    refuse('two versions have the same name');
  const odd = versions.find((v) => !/^v[1-9][0-9]*((alpha|beta)[1-9][0-9]*)?$/.test(v.name));
  if (odd) refuse(`"${odd.name}" is no version; it must be like v1, v1beta2 or v1alpha1`);
  const shapes = new Set(versions.map((v) => v.spec));
  if (conversion === 'None' && shapes.size > 1)
    refuse('versions with specs of their own need `conversion: Webhook`, or writing one loses what it lacks');
}

function rootSchema(version: KindVersion): StructuralSchema {
  return {
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: 'The version of this object’s shape.' },
      kind: { type: 'string', description: 'The kind of this object.' },
      metadata: { type: 'object' },
      spec: structuralSchema(version.spec, 'spec'),
      status: structuralSchema(version.status, 'status'),
    },
    ...(version.rules ? { 'x-kubernetes-validations': version.rules } : {}),
  };
}
