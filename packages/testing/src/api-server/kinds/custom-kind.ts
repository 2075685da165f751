import { type Stored } from '../json.ts';
import { shapeOf, type Schema } from '../schema/schema.ts';
import { type Kind, type PrinterColumn } from './kind.ts';

/** The parts of a CRD that say how its kinds are served. */
interface Definition {
  group: string;
  scope: 'Namespaced' | 'Cluster';
  names: {
    kind: string;
    plural: string;
    singular?: string;
    listKind?: string;
    shortNames?: string[];
    categories?: string[];
  };
  versions: {
    name: string;
    served: boolean;
    schema?: { openAPIV3Schema?: Schema };
    subresources?: {
      status?: object;
      scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string };
    };
    selectableFields?: { jsonPath: string }[];
    additionalPrinterColumns?: PrinterColumn[];
  }[];
}

/** One kind for each version that a CRD serves. */
export function customKinds(crd: Stored): Kind[] {
  const { group, scope, names, versions } = crd['spec'] as Definition;
  return versions
    .filter(({ served }) => served)
    .map(({ name, schema, subresources, selectableFields, additionalPrinterColumns }) => {
      const openApi: Schema = schema?.openAPIV3Schema ?? { type: 'object' };
      const { status, scale } = subresources ?? {};
      return {
        group,
        version: name,
        kind: names.kind,
        plural: names.plural,
        singular: names.singular ?? names.kind.toLowerCase(),
        listKind: names.listKind ?? `${names.kind}List`,
        ...(names.shortNames ? { shortNames: names.shortNames } : {}),
        ...(names.categories ? { categories: names.categories } : {}),
        ...(additionalPrinterColumns ? { printerColumns: additionalPrinterColumns } : {}),
        namespaced: scope === 'Namespaced',
        shape: shapeOf(openApi),
        status: status !== undefined,
        ...(scale
          ? {
              scale: {
                replicas: scale.specReplicasPath,
                statusReplicas: scale.statusReplicasPath,
                ...(scale.labelSelectorPath ? { selector: scale.labelSelectorPath } : {}),
              },
            }
          : {}),
        generation: status === undefined ? 'content' : 'spec',
        blindUpdates: false,
        schema: openApi,
        // Unlike the types of built-in kinds, nothing is there before it is written.
        empty: { metadata: {} },
        ...(selectableFields
          ? { selectable: selectableFields.map(({ jsonPath }) => jsonPath.slice(1)) }
          : {}),
        fromCrd: crd.metadata.name,
      };
    });
}
