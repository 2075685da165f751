/** What one scenario heard from a server, free of what no two servers share: names of moments, UIDs, versions. */
export interface Heard {
  what: string;
  status: number;
  body: unknown;
  /** `Warning` headers. */
  warnings?: readonly string[];
}

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;
const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * Replaces UIDs and resourceVersions by the order in which they are first met, so that equal stays equal and
 * different stays different; times and continue tokens by their form; the scenario's namespace by `NS`. A list's own
 * resourceVersion depends on what else the server is doing.
 */
export function createNormalizer(namespace: string): (heard: Heard) => Heard {
  const uids = new Map<string, string>();
  const versions = new Map<string, string>();
  const named = (names: Map<string, string>, value: string, prefix: string): string => {
    if (!names.has(value)) names.set(value, `${prefix}${names.size + 1}`);
    return names.get(value)!;
  };
  const text = (value: string): string => {
    if (instant.test(value)) return value.includes('.') ? 'MICROTIME' : 'TIME';
    return (
      value
        .replaceAll(uid, (found) => named(uids, found, 'uid-'))
        // Of a patch that is refused the whole object is told, moments and all.
        .replaceAll(/Invalid value: "\{\\".*\}"/g, 'Invalid value: OBJECT')
        .replaceAll(namespace, 'NS')
        .replaceAll(/https:\/\/(127\.0\.0\.1:\d+|webhooks\.test)/g, 'WEBHOOKS')
        .replaceAll(
          /\b(record|precondition) \((\d+)\)/g,
          (_, word: string, version: string) => `${word} (${named(versions, version, 'rv-')})`,
        )
    );
  };
  function walk(value: unknown, path: readonly string[]): unknown {
    const key = path.at(-1);
    if (typeof value === 'string') {
      if (key === 'resourceVersion' && /^[1-9]\d*$/.test(value)) return named(versions, value, 'rv-');
      if (key === 'storageVersionHash') return 'HASH';
      if (value.startsWith('X509SHA256=')) return 'CERTIFICATE';
      if (key === 'token' && value.includes('.')) return 'JWT';
      if (key === 'continue' && value !== '') return 'TOKEN';
      return text(value);
    }
    if (Array.isArray(value)) {
      const items: unknown[] = key === 'managedFields' ? [...(value as unknown[])].sort(byWriter) : value;
      return items.map((item, index) => walk(item, [...path, String(index)]));
    }
    if (typeof value !== 'object' || value === null) return value;
    const fields = value as Record<string, unknown>;
    const isList =
      Array.isArray(fields['items']) ||
      (typeof fields['kind'] === 'string' && fields['kind'].endsWith('List'));
    return Object.fromEntries(
      Object.entries(fields)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, child]) => {
          if (isList && name === 'metadata') {
            const { resourceVersion, ...rest } = child as Record<string, unknown>;
            return [
              name,
              { ...(walk(rest, [...path, name]) as object), resourceVersion: resourceVersion ? 'SOME' : '' },
            ];
          }
          return [text(name), walk(child, [...path, name])];
        }),
    );
  }
  return (heard) => ({
    what: text(heard.what),
    status: heard.status,
    body: walk(heard.body, []),
    ...(heard.warnings ? { warnings: heard.warnings.map(text) } : {}),
  });
}

/** Their order depends on the second in which each was written. */
function byWriter(a: unknown, b: unknown): number {
  const text = (entry: unknown): string => {
    const { operation, manager, subresource } = entry as Record<string, string | undefined>;
    return [operation, manager, subresource ?? ''].join('/');
  };
  return text(a) < text(b) ? -1 : 1;
}
