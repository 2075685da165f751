import type * as z from 'zod';
import { structuralSchema, type StructuralSchema, type ValidationRule } from './structural-schema.ts';

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
  name: string;
  served: boolean;
  storage: boolean;
  deprecationWarning?: string;
  spec: z.ZodType;
  status: z.ZodType;
  /** Rules over the whole object. Of its metadata they see `self.metadata.name` and `generateName` alone. */
  rules?: ValidationRule[];
  columns: PrinterColumn[];
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string };
}

/** One kind: its names and its versions. */
export interface Kind {
  group: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames: string[];
  categories: string[];
  versions: KindVersion[];
}

/** The CustomResourceDefinition (apiextensions.k8s.io/v1) of a kind, as plain JSON. */
export function customResourceDefinition(kind: Kind) {
  if (kind.versions.filter((v) => v.storage).length !== 1)
    throw new Error(`${kind.kind}: exactly one version must be the storage version`);
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
      scope: 'Namespaced',
      versions: kind.versions.map((version) => ({
        name: version.name,
        served: version.served,
        storage: version.storage,
        ...(version.deprecationWarning
          ? { deprecated: true, deprecationWarning: version.deprecationWarning }
          : {}),
        additionalPrinterColumns: version.columns,
        subresources: { status: {}, ...(version.scale ? { scale: version.scale } : {}) },
        schema: { openAPIV3Schema: rootSchema(version) },
      })),
    },
  };
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
