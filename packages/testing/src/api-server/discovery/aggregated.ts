import { type Fields } from '../json.ts';
import { type Kind } from '../kinds/kind.ts';
import { type ServedGroup } from './groups.ts';
import { subresourcesOf, verbsOf } from './subresources.ts';

/** Everything that some groups serve, in one answer: `as=APIGroupDiscoveryList`. */
export const groupDiscoveryList = (groups: readonly ServedGroup[]): Fields => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: groups.map(({ name, versions }) => ({
    metadata: name === '' ? {} : { name },
    versions: versions.map((served) => ({
      version: served.version,
      resources: served.kinds.map(resourceOf),
      freshness: 'Current',
    })),
  })),
});

function resourceOf(kind: Kind): Fields {
  const { plural, singular, shortNames, categories } = kind;
  const subresources = subresourcesOf(kind).map(({ name, verbs, kind: other }) => ({
    subresource: name,
    responseKind: other ?? responseKind(kind),
    verbs,
  }));
  return {
    resource: plural,
    responseKind: responseKind(kind),
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: verbsOf(kind),
    ...(shortNames ? { shortNames } : {}),
    ...(categories ? { categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

/** Built-in kinds leave out what the list says already. */
const responseKind = ({ group, version, kind, fromCrd }: Kind): Fields =>
  fromCrd === undefined ? { group: '', version: '', kind } : { group, version, kind };
