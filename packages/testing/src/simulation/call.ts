import { type HttpRequest } from '@stateful/reconcile-sdk';

/** One request of an operator, as faults and oracles see it. */
export interface Call {
  /** For people: `apply configmaps default/a`. */
  readonly what: string;
  readonly method: HttpRequest['method'];
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** `configmaps`. */
  readonly plural: string;
  /** A sub-resource of an object, such as `status`. */
  readonly subresource: string | undefined;
  /** Leases are the election's affair, Events only tell: neither decides anything. */
  readonly kind: 'read' | 'write' | 'lease' | 'event';
}

export function callOf({ method, path: text, body, what }: HttpRequest): Call {
  const [path = '', query = ''] = text.split('?');
  const parts = path.split('/').filter(Boolean);
  // /api/VERSION/... or /apis/GROUP/VERSION/..., then perhaps /namespaces/NAME.
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  const own = rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest;
  const [plural = '', , subresource] = own;
  const isRead = method === 'GET';
  return {
    what,
    method,
    path,
    query: new URLSearchParams(query),
    body,
    plural,
    subresource,
    kind: plural === 'leases' ? 'lease' : plural === 'events' ? 'event' : isRead ? 'read' : 'write',
  };
}
