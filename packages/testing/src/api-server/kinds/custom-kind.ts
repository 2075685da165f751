import { type Stored } from '../json.ts';
import { shapeOf, type Schema } from '../schema/schema.ts';
import { apiVersionOf, type Kind, type KindVersions, type PrinterColumn } from './kind.ts';

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
  conversion?: KindVersions['conversion'];
  versions: {
    name: string;
    served: boolean;
    storage: boolean;
    deprecated?: boolean;
    deprecationWarning?: string;
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
  const { group, scope, names, versions, conversion = { strategy: 'None' } } = crd['spec'] as Definition;
  const kinds = versions.map(
    ({ name, schema, subresources, selectableFields, additionalPrinterColumns }): Kind => {
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
    },
  );
  const all = new Map(kinds.map((kind) => [kind.version, kind]));
  const storage = versions.find((version) => version.storage)?.name ?? '';
  const isChanged = versions.length > 1 || (crd.metadata.generation ?? 1) > 1;
  for (const { name, deprecated, deprecationWarning } of versions) {
    const kind = all.get(name)!;
    if (isChanged) kind.versions = { storage, all, conversion };
    if (deprecated) kind.deprecation = deprecationWarning ?? deprecationText(kind, versions);
  }
  return versions.filter(({ served }) => served).map(({ name }) => all.get(name)!);
}

/** Which version to use instead: the best of those that are served and not deprecated. */
function deprecationText(kind: Kind, versions: Definition['versions']): string {
  const better = versions
    .filter(({ served, deprecated }) => served && !deprecated)
    .map(({ name }) => name)
    .sort(byPriority)[0];
  const old = `${apiVersionOf(kind)} ${kind.kind} is deprecated`;
  return better === undefined
    ? old
    : `${old}; use ${apiVersionOf({ ...kind, version: better })} ${kind.kind}`;
}

/** v2 before v1 before v1beta2 before v1alpha1, as Kubernetes orders them. */
function byPriority(a: string, b: string): number {
  const rank = (name: string): number => {
    const [, major = '0', stage, minor = '0'] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(name) ?? [];
    const step = stage === undefined ? 2 : stage === 'beta' ? 1 : 0;
    return step * 1e6 + Number(major) * 1e3 + Number(minor);
  };
  return rank(b) - rank(a);
}
