import { type ApiPath } from '../calls/api-path.ts';
import { type ApiRequest } from '../exchange.ts';

/** What is asked for, as roles speak of it. */
export type Attributes = ResourceAttributes | PathAttributes;

export interface ResourceAttributes {
  verb: string;
  group: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
}

/** A path that names no resource, such as `/metrics`. */
export interface PathAttributes {
  verb: string;
  path: string;
}

export const isPath = (attributes: Attributes): attributes is PathAttributes => 'path' in attributes;

const verbs = { POST: 'create', PUT: 'update', PATCH: 'patch' } as const;

/** What a request asks for. */
export function attributesOf({ method, path: text }: ApiRequest, path: ApiPath | undefined): Attributes {
  if (path?.plural === undefined) return { verb: method.toLowerCase(), path: text.split('?')[0]! };
  const { group, plural, subresource, query } = path;
  // A namespace is in itself.
  const namespace = path.namespace ?? (plural === 'namespaces' && group === '' ? path.name : undefined);
  const name = path.name ?? nameSelected(method, query);
  return {
    verb: verbOf(method, path),
    group,
    resource: plural,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}

function verbOf(method: ApiRequest['method'], { name, query }: ApiPath): string {
  if (method === 'DELETE') return name === undefined ? 'deletecollection' : 'delete';
  if (method !== 'GET') return verbs[method];
  if (name !== undefined) return 'get';
  return /^(true|1)$/.test(query.get('watch') ?? '') ? 'watch' : 'list';
}

/** A list of the one object that a field selector names asks for that one. */
function nameSelected(method: ApiRequest['method'], query: URLSearchParams): string | undefined {
  if (method !== 'GET' && method !== 'DELETE') return undefined;
  return /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get('fieldSelector') ?? '')?.[1];
}

/** For people: what somebody cannot do. */
export function attributesText(attributes: Attributes): string {
  if (isPath(attributes)) return `${attributes.verb} path "${attributes.path}"`;
  const { verb, group, resource, subresource, namespace } = attributes;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  const what = subresource ? `${resource}/${subresource}` : resource;
  return `${verb} resource "${what}" in API group "${group}" ${where}`;
}
