import { type ApiAnswer, type ApiRequest } from '../exchange.ts';
import { type Fields } from '../json.ts';
import { type Kind } from '../kinds/kind.ts';
import { unknownPath } from '../status.ts';
import { groupDiscoveryList } from './aggregated.ts';
import { servedGroups, type ServedGroup } from './groups.ts';
import { apiGroup, apiResourceList } from './legacy.ts';

/** What is not even a path of some group. */
export const noPage: ApiAnswer = { status: 404, body: '404 page not found\n' };
const noResource: ApiAnswer = { status: 404, body: unknownPath().body };
const ok = (body: Fields): ApiAnswer => ({ status: 200, body });

const contentType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Whether aggregated discovery is asked for before the older form. */
function wantsAggregated(accept = ''): boolean {
  const first = accept.split(',').find((each) => !each.includes(';') || /;\s*v=v2(;|$)/.test(each));
  return first?.includes('as=APIGroupDiscoveryList') ?? false;
}

const aggregated = (groups: readonly ServedGroup[]): ApiAnswer => ({
  ...ok(groupDiscoveryList(groups)),
  headers: { 'content-type': contentType },
});

/** Answers `/api`, `/apis`, and the paths of groups and versions; undefined for any other. */
export function discover(
  kinds: readonly Kind[],
  path: string,
  { accept }: ApiRequest,
): ApiAnswer | undefined {
  const [root, ...names] = path.split('/').filter(Boolean);
  if (root !== 'api' && root !== 'apis') return undefined;
  const isCore = root === 'api';
  const [group, version, ...rest] = isCore ? ['', ...names] : names;
  const all = servedGroups(kinds);
  if (version === undefined && (isCore || group === undefined)) {
    const groups = all.filter(({ name }) => (name === '') === isCore);
    if (wantsAggregated(accept)) return aggregated(groups);
    return isCore
      ? ok({
          kind: 'APIVersions',
          versions: groups.flatMap(({ versions }) => versions.map((each) => each.version)),
          serverAddressByClientCIDRs: [],
        })
      : ok({ kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(apiGroup) });
  }
  const served = all.find(({ name }) => name === group);
  if (!served) return noPage;
  if (version === undefined) return ok({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(served) });
  if (rest.length > 0) return undefined;
  const found = served.versions.find((each) => each.version === version);
  return found ? ok(apiResourceList(isCore ? version : `${group}/${version}`, found.kinds)) : noResource;
}
