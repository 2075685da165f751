import { type CustomResourceDefinition } from '@stateful/crd-kit';
import { type PolicyRule } from './chart-source.ts';

/** What the standard roles view and edit take in: reading objects with their status, writing objects and their scale. */
export function rulesForPeople(crds: readonly CustomResourceDefinition[]): {
  view: PolicyRule[];
  edit: PolicyRule[];
} {
  const byGroup = Map.groupBy(crds, ({ spec }) => spec.group);
  const rules = (resourcesOf: (crd: CustomResourceDefinition) => string[], verbs: string[]): PolicyRule[] =>
    [...byGroup].flatMap(([group, some]) => {
      const resources = some.flatMap(resourcesOf);
      return resources.length > 0 ? [{ apiGroups: [group], resources, verbs }] : [];
    });
  const plural = ({ spec }: CustomResourceDefinition): string => spec.names.plural;
  const hasScale = ({ spec }: CustomResourceDefinition): boolean =>
    spec.versions.some(({ subresources }) => subresources.scale !== undefined);
  return {
    view: rules((crd) => [plural(crd), `${plural(crd)}/status`], ['get', 'list', 'watch']),
    edit: [
      ...rules((crd) => [plural(crd)], ['create', 'update', 'patch', 'delete']),
      ...rules((crd) => (hasScale(crd) ? [`${plural(crd)}/scale`] : []), ['get', 'update', 'patch']),
    ],
  };
}
