/** What the path of a request means. */
export interface ApiPath {
  group: string;
  version: string;
  /** Absent: the list of what this group and version serve. */
  plural?: string;
  namespace?: string;
  name?: string;
  subresource?: string;
  query: URLSearchParams;
}

/** Reads a path such as `/apis/GROUP/VERSION/namespaces/NS/PLURAL/NAME/SUB?limit=1`; undefined for any other kind. */
export function parsePath(path: string): ApiPath | undefined {
  const mark = path.indexOf('?');
  const parts = (mark < 0 ? path : path.slice(0, mark)).split('/').filter(Boolean).map(decodeURIComponent);
  const root = parts.shift();
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'apis' ? (parts.shift() ?? '') : '';
  const version = parts.shift();
  if (version === undefined || (root === 'apis' && group === '')) return undefined;
  const query = new URLSearchParams(mark < 0 ? '' : path.slice(mark + 1));
  const at = (names: readonly string[]): ApiPath => {
    const [plural, name, ...rest] = names;
    return {
      group,
      version,
      query,
      ...(plural === undefined ? {} : { plural }),
      ...(name === undefined ? {} : { name }),
      ...(rest.length > 0 ? { subresource: rest.join('/') } : {}),
    };
  };
  // `namespaces/NAME` is a namespace, and so are its sub-resources; one part more names a kind in it.
  const inside =
    parts[0] === 'namespaces' && parts.length >= 3 && !['status', 'finalize'].includes(parts[2]!);
  return inside ? { ...at(parts.slice(2)), namespace: parts[1]! } : at(parts);
}
