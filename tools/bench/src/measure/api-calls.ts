import { kind } from '../kind.ts';

/** How often each kind of call was answered so far: `APPLY configmaps`, `APPLY benches/status`. */
export type ApiCalls = ReadonlyMap<string, number>;

const counted = new Set<string>([kind.plural, 'configmaps', 'events']);
/** What the load generator and its watcher ask for, and no operator does; a watch counts when it ends. */
const ofTheLoad = new Set([
  ...['POST', 'PATCH', 'DELETE', 'DELETECOLLECTION'].map((verb) => `${verb} ${kind.plural}`),
  'DELETECOLLECTION configmaps',
  'DELETECOLLECTION events',
]);

/** What the operator asked for, by the API server's own metrics. Leases and watches are left out. */
export function apiCallsOf(metrics: string): ApiCalls {
  const calls = new Map<string, number>();
  for (const line of metrics.split('\n')) {
    if (!line.startsWith('apiserver_request_total{')) continue;
    const end = line.lastIndexOf('}');
    const labels = Object.fromEntries(
      [...line.slice(0, end).matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    ) as Readonly<Record<string, string>>;
    const { verb = '', resource = '', subresource = '' } = labels;
    const call = `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
    if (!counted.has(resource) || verb === 'WATCH' || ofTheLoad.has(call)) continue;
    calls.set(call, (calls.get(call) ?? 0) + Number(line.slice(end + 1)));
  }
  return calls;
}

/** What came between two readings. */
export function callsBetween(before: ApiCalls, after: ApiCalls): ApiCalls {
  return new Map(
    [...after].flatMap(([call, count]) => {
      const more = count - (before.get(call) ?? 0);
      return more === 0 ? [] : [[call, more] as const];
    }),
  );
}

export const totalOf = (calls: ApiCalls): number =>
  [...calls.values()].reduce((sum, count) => sum + count, 0);
