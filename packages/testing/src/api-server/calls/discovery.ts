import { createHash } from 'node:crypto';
import { type Fields } from '../json.ts';
import { type Kind } from '../kinds/kind.ts';

const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/** What changes when objects of a kind are stored in another form. */
const hashOf = ({ group, version, kind }: Kind): string =>
  createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');

/** What `/api`, `/apis` and `/version` say: which groups there are; undefined for any other path. */
export function groupLists(kinds: readonly Kind[], path: string): Fields | undefined {
  const named = [...new Set(kinds.map(({ group }) => group))].filter(Boolean);
  const groupOf = (name: string): Fields => {
    const versions = [
      ...new Set(kinds.filter(({ group }) => group === name).map(({ version }) => version)),
    ].map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions, preferredVersion: versions[0] };
  };
  switch (path) {
    case '/version':
      return { major: '1', minor: '35', gitVersion: 'v1.35.4', platform: 'linux/amd64' };
    case '/api':
      return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
    case '/apis':
      return { kind: 'APIGroupList', apiVersion: 'v1', groups: named.map(groupOf) };
    default: {
      const name = /^\/apis\/([^/]+)$/.exec(path)?.[1];
      return name !== undefined && named.includes(name)
        ? { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(name) }
        : undefined;
    }
  }
}

/** The list of what one group and version serve; undefined when that is nothing. */
export function resourceList(kinds: readonly Kind[], groupVersion: string): Fields | undefined {
  if (kinds.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion,
    resources: kinds.flatMap((kind) => {
      const { plural, singular, namespaced, kind: name, shortNames, status, scale } = kind;
      const part = { singularName: '', namespaced, verbs: ['get', 'patch', 'update'] };
      return [
        {
          name: plural,
          singularName: singular,
          namespaced,
          kind: name,
          verbs,
          storageVersionHash: hashOf(kind),
          ...(shortNames ? { shortNames } : {}),
        },
        ...(status ? [{ name: `${plural}/status`, kind: name, ...part }] : []),
        ...(scale
          ? [{ name: `${plural}/scale`, group: 'autoscaling', version: 'v1', kind: 'Scale', ...part }]
          : []),
      ];
    }),
  };
}
