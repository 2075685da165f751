import { type ApiPath } from '../calls/api-path.ts';
import { type ApiRequest } from '../exchange.ts';

/** Counts requests as `apiserver_request_total` of the real server does. */
export interface RequestCounter {
  note(request: ApiRequest, path: ApiPath | undefined, status: number): void;
  /** In the text format of Prometheus. */
  text(): string;
}

interface Counted {
  labels: Readonly<Record<string, string>>;
  count: number;
}

const head = `# HELP apiserver_request_total [STABLE] Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.
# TYPE apiserver_request_total counter
`;

export function createRequestCounter(): RequestCounter {
  const counts = new Map<string, Counted>();
  return {
    note(request, path, status) {
      if (path?.plural === undefined) return;
      const { group, version, plural, subresource = '' } = path;
      const verb = verbOf(request, path);
      const scope = scopeOf(request, path);
      const dryRun = path.query.has('dryRun') ? 'All' : '';
      const key = `${status} ${dryRun} ${group} ${plural} ${scope} ${subresource} ${verb} ${version}`;
      const held = counts.get(key);
      if (held) held.count++;
      else {
        const labels = {
          code: String(status),
          component: 'apiserver',
          dry_run: dryRun,
          group,
          resource: plural,
          scope,
          subresource,
          verb,
          version,
        };
        counts.set(key, { labels, count: 1 });
      }
    },
    text() {
      const lines = [...counts.values()].map(({ labels, count }) => {
        const list = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
        return `apiserver_request_total{${list.join(',')}} ${count}\n`;
      });
      return head + lines.sort().join('');
    },
  };
}

function verbOf({ method, contentType }: ApiRequest, { name, query }: ApiPath): string {
  if (method === 'PATCH') return contentType?.includes('apply-patch') ? 'APPLY' : 'PATCH';
  if (method !== 'GET' || name !== undefined) return method;
  return query.has('watch') ? 'WATCH' : 'LIST';
}

/** Creating is about one object, too. */
function scopeOf({ method }: ApiRequest, { name, namespace }: ApiPath): string {
  if (name !== undefined || method === 'POST') return 'resource';
  return namespace === undefined ? 'cluster' : 'namespace';
}
