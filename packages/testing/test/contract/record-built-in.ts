import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKubeConfig } from '@stateful/reconcile-sdk';
import { startControlPlane } from '@stateful/local-cluster';
import { type Fields } from '../../src/api-server/json.ts';
import { builtInKinds } from '../../src/api-server/kinds/built-in-kinds.ts';
import { realExchange } from './exchange.ts';

/**
 * Asks the real server what it says of the built-in kinds that this package serves (schemas, short names, columns) and
 * writes it into `src/api-server/data/built-in.json`:
 * `node --conditions=@stateful/source packages/testing/test/contract/record-built-in.ts`. With CONTRACT_KUBECONFIG a
 * server that runs already is asked.
 */
type Schema = Fields & { description?: string };
interface Resource {
  resource: string;
  singularResource: string;
  responseKind: { kind: string };
  shortNames?: string[];
  categories?: string[];
}

/** Served by no kind of ours, but asked of every server: who may do what. */
const reviews = new Set([
  'selfsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
  'tokenreviews.authentication.k8s.io',
]);

const path = process.env['CONTRACT_KUBECONFIG'];
const plane = path === undefined ? await startControlPlane() : undefined;
const exchange = await realExchange(await loadKubeConfig({ path: path ?? plane!.kubeconfigPath }));
const read = async (at: string, accept = 'application/json'): Promise<Fields> =>
  (await exchange.ask({ method: 'GET', path: at, accept })).body as Fields;

const wanted = new Set([...reviews, ...builtInKinds.map(({ group, plural }) => `${plural}.${group}`)]);
const kinds: Record<string, Fields> = {};
const roots: { group: string; version: string; kind: string }[] = [];
const schemas: Record<string, Schema> = {};
for (const root of ['/api', '/apis']) {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const { items } = (await read(root, accept)) as {
    items: { metadata: { name?: string }; versions: { version: string; resources: Resource[] }[] }[];
  };
  for (const { metadata, versions } of items) {
    const group = metadata.name ?? '';
    for (const { version, resources } of versions) {
      const of = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
      const served = resources.filter(({ resource }) => wanted.has(`${resource}.${group}`));
      if (served.length === 0) continue;
      const document = await read(`/openapi/v3${of}`);
      Object.assign(schemas, (document['components'] as { schemas: Record<string, Schema> }).schemas);
      for (const { resource, singularResource, responseKind, shortNames, categories } of served) {
        roots.push({ group, version, kind: responseKind.kind });
        if (reviews.has(`${resource}.${group}`)) continue;
        const table = await read(`${of}/${resource}?limit=1`, 'application/json;as=Table;v=v1;g=meta.k8s.io');
        kinds[`${resource}.${group}`] = {
          singular: singularResource,
          ...(shortNames ? { shortNames } : {}),
          ...(categories ? { categories } : {}),
          columns: (table['columnDefinitions'] as Fields[]).map(shortColumn),
        };
      }
    }
  }
}

/** What a column says in the words of metadata's own fields is looked up there. */
function shortColumn({ name, type, format, priority, description }: Fields): Fields {
  const { properties } = schemas['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'] as {
    properties: Record<string, Schema>;
  };
  const known = [properties['name'], properties['creationTimestamp']].some(
    (each) => each?.description === description,
  );
  return {
    name,
    type,
    ...(format ? { format } : {}),
    ...(priority ? { priority } : {}),
    ...(known ? {} : { description }),
  };
}

const reachable: Record<string, unknown> = {};
function reach(name: string): void {
  if (reachable[name]) return;
  const schema = schemas[name]!;
  // Some stand in every group; that list would be long, and says nothing.
  const { 'x-kubernetes-group-version-kind': named = [], ...rest } = schema as { [key: string]: unknown[] };
  const kept = named.length > 1 ? rest : schema;
  reachable[name] = isWhole(name) ? kept : shortened(kept);
  for (const [, next] of JSON.stringify(schema).matchAll(/#\/components\/schemas\/([^"]+)"/g)) reach(next!);
}
/** Documents of CRDs hold these too, and are compared whole. */
const isWhole = (name: string): boolean => /\.apis\.meta\.v1\.|\.autoscaling\.v1\.Scale/.test(name);

/** The first sentence of each description: enough for `kubectl explain`, and a third of the size. */
function shortened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      key === 'description' && typeof child === 'string'
        ? /^[^\n]*?[.:](?=\s|$)|^[^\n]*/.exec(child)![0]
        : shortened(child),
    ]),
  );
}
for (const [name, schema] of Object.entries(schemas)) {
  const named = schema['x-kubernetes-group-version-kind'] as {
    group: string;
    version: string;
    kind: string;
  }[];
  const isRoot =
    (named ?? []).length === 1 &&
    roots.some(
      ({ group, version, kind }) =>
        [kind, `${kind}List`].includes(named[0]!.kind) &&
        named[0]!.group === group &&
        named[0]!.version === version,
    );
  if (isRoot) reach(name);
}
reach('io.k8s.api.autoscaling.v1.Scale');
for (const name of ['ListMeta', 'Status', 'DeleteOptions', 'Patch'])
  reach(`io.k8s.apimachinery.pkg.apis.meta.v1.${name}`);

const lines = (entries: Record<string, unknown>): string =>
  Object.keys(entries)
    .sort()
    .map((name) => `${JSON.stringify(name)}: ${JSON.stringify(entries[name])}`)
    .join(',\n');
const version = await read('/version');
const text = `{"gitVersion": ${JSON.stringify(version['gitVersion'])},\n"kinds": {\n${lines(kinds)}\n},\n"schemas": {\n${lines(reachable)}\n}}\n`;
const file = join(import.meta.dirname, '../../src/api-server/data/built-in.json');
writeFileSync(file, text);
console.log(
  `${Object.keys(kinds).length} kinds, ${Object.keys(reachable).length} schemas, ${text.length} bytes`,
);
for (const name of wanted)
  if (!kinds[name] && !reviews.has(name)) console.log(`the server does not know ${name}`);
exchange.close();
await plane?.stop();
