import { isNotFound } from '../errors/index.ts';
import { type Resource } from './resource.ts';

/** A kind as the API server serves it. */
export interface ServerResource {
  kind: string;
  namespaced: boolean;
  /** Such as `watch` and `patch`. */
  verbs: readonly string[];
  /** Such as `status`. */
  subresources: readonly string[];
}

interface ApiResourceList {
  resources?: { name: string; kind: string; namespaced: boolean; verbs?: string[] }[];
}

/** Looks a kind up in the server's list of its group and version. `get` reads a path. */
export async function findServerResource(
  { group, version, plural }: Resource,
  get: (path: string) => Promise<ApiResourceList>,
): Promise<ServerResource | undefined> {
  let list: ApiResourceList;
  try {
    list = await get(group ? `/apis/${group}/${version}` : `/api/${version}`);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  const found = list.resources?.find(({ name }) => name === plural);
  if (!found) return undefined;
  const prefix = `${plural}/`;
  return {
    kind: found.kind,
    namespaced: found.namespaced,
    verbs: found.verbs ?? [],
    subresources: (list.resources ?? [])
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ name }) => name.slice(prefix.length)),
  };
}
