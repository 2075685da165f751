import { createHash } from 'node:crypto';
import { type Fields } from '../json.ts';
import { type Kind } from '../kinds/kind.ts';
import { type ServedGroup } from './groups.ts';
import { subresourcesOf, verbsOf } from './subresources.ts';

/** Of one group: its versions, and which is meant when none is named. */
export function apiGroup({ name, versions }: ServedGroup): Fields {
  const listed = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: listed, preferredVersion: listed[0] };
}

/** What `GET /apis/GROUP/VERSION` says. */
export const apiResourceList = (groupVersion: string, kinds: readonly Kind[]): Fields => ({
  kind: 'APIResourceList',
  // The oldest list of all does not say it.
  ...(groupVersion === 'v1' ? {} : { apiVersion: 'v1' }),
  groupVersion,
  resources: kinds.flatMap(resourcesOf),
});

function resourcesOf(kind: Kind): Fields[] {
  const { plural, singular, namespaced, shortNames, categories } = kind;
  const own = {
    name: plural,
    singularName: singular,
    namespaced,
    kind: kind.kind,
    verbs: verbsOf(kind),
    ...(shortNames ? { shortNames } : {}),
    ...(categories ? { categories } : {}),
    ...(kind.verbs ? {} : { storageVersionHash: storageVersionHash(kind) }),
  };
  const parts = subresourcesOf(kind).map(({ name, verbs, kind: other }) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    ...(other ?? { kind: kind.kind }),
    verbs,
  }));
  return [own, ...parts];
}

/** What changes when objects of a kind are stored in another form. */
const storageVersionHash = ({ group, version, kind }: Kind): string =>
  createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
