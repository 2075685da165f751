import { type Fields } from '../../../src/api-server/json.ts';
import { builtInKinds } from '../../../src/api-server/kinds/built-in-kinds.ts';
import { type Scenario, type World } from '../world.ts';
import { installGadgets } from './gadgets.ts';

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

interface Item {
  metadata: { name?: string };
  versions: {
    version: string;
    resources: { resource: string; subresources?: { subresource: string }[] }[];
  }[];
}

/** Both lists are long; the names of our kinds are what both servers have. */
const ours = new Set(builtInKinds.map(({ group, plural }) => `${plural}.${group}`));
const parts = new Set(['status', 'scale', 'finalize']);

async function read({ ask, quietly }: World, path: string, accept = 'application/json'): Promise<Fields> {
  return (await quietly(() => ask({ method: 'GET', path, accept }))) as Fields;
}

/** Documents say much of the parameters; what clients go by is noted. */
function operations(paths: Fields): Fields {
  const brief = ([method, value]: [string, unknown]): [string, unknown] => {
    const names = (list: unknown): string[] =>
      ((list ?? []) as { name: string }[]).map(({ name }) => name).filter((name) => name !== 'timeout');
    if (method === 'parameters') return [method, names(value)];
    const operation = value as Fields;
    return [
      method,
      {
        action: operation['x-kubernetes-action'],
        kind: operation['x-kubernetes-group-version-kind'],
        parameters: names(operation['parameters']),
        description: operation['description'],
      },
    ];
  };
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      Object.fromEntries(Object.entries(item as Fields).map(brief)),
    ]),
  );
}

function withoutDescriptions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDescriptions);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, child]) => key !== 'description' || typeof child !== 'string')
      .map(([key, child]) => [key, withoutDescriptions(child)]),
  );
}

const schemasOf = (document: Fields): Record<string, Fields> =>
  (document['components'] as { schemas: Record<string, Fields> }).schemas;

/** What kubectl and Helm ask before anything else. */
export const discovery: readonly Scenario[] = [
  {
    name: 'a group of a CRD is discovered, in the older form and in one answer',
    async run(world) {
      const { group } = await installGadgets(world);
      for (const path of [`/apis/${group}`, `/apis/${group}/v1`, `/apis/${group}/v1beta1`]) {
        await world.ask({ method: 'GET', path });
      }
      const { items, ...list } = await read(world, '/apis', aggregated);
      world.note('aggregated', list);
      world.note(
        'aggregated: the group',
        (items as Item[]).find(({ metadata }) => metadata.name === group),
      );
    },
  },
  {
    name: 'the built-in kinds are discovered in one answer',
    async run(world) {
      for (const path of ['/api', '/apis']) {
        const { items } = await read(world, path, aggregated);
        for (const { metadata, versions } of items as Item[]) {
          for (const { version, resources } of versions) {
            const known = resources.filter(({ resource }) => ours.has(`${resource}.${metadata.name ?? ''}`));
            if (known.length === 0) continue;
            world.note(
              `${metadata.name ?? 'core'}/${version}`,
              known.map(({ subresources, ...rest }) => ({
                ...rest,
                subresources: (subresources ?? []).filter(({ subresource }) => parts.has(subresource)),
              })),
            );
          }
        }
      }
    },
  },
  {
    name: 'the built-in kinds are discovered in the older form',
    async run(world) {
      for (const path of ['/api/v1', '/apis/apps/v1', '/apis/apiextensions.k8s.io/v1']) {
        const { resources, ...list } = await read(world, path);
        const group = path.split('/')[3] === undefined ? '' : path.split('/')[2]!;
        world.note(path, list);
        world.note(
          `${path}: resources`,
          (resources as { name: string }[]).filter(({ name }) => {
            const [plural = '', part] = name.split('/');
            return ours.has(`${plural}.${group}`) && (part === undefined || parts.has(part));
          }),
        );
      }
      await world.ask({ method: 'GET', path: '/apis/policy' });
      await world.ask({ method: 'GET', path: '/apis/policy/v1' });
    },
  },
  {
    name: 'what nobody serves, and whether the server is well',
    async run({ ask }) {
      for (const path of [
        '/nope',
        '/api/v2',
        '/apis/nope.example.com',
        '/apis/nope.example.com/v1',
        '/apis/nope.example.com/v1/things',
        '/apis/apps/v9',
        '/apis/apps/v1/nope',
        '/api/v1/nope',
        '/openapi/v3/apis/nope.example.com/v1',
        '/healthz',
        '/livez',
        '/readyz',
      ]) {
        await ask({ method: 'GET', path });
      }
    },
  },
  {
    name: 'the document of a CRD',
    async run(world) {
      const { group } = await installGadgets(world);
      for (const version of ['v1', 'v1beta1']) {
        const document = await read(world, `/openapi/v3/apis/${group}/${version}`);
        const { openapi, info } = document;
        world.note(`${version}: head`, { openapi, info });
        world.note(`${version}: operations`, operations(document['paths'] as Fields));
        const schemas = schemasOf(document);
        const own = Object.entries(schemas).filter(([name]) => name.startsWith('com.'));
        world.note(`${version}: schemas`, Object.fromEntries(own));
        world.note(`${version}: metadata`, schemas['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta']);
      }
    },
  },
  {
    name: 'the documents of built-in kinds',
    async run(world) {
      for (const [path, names] of [
        [
          'apis/apps/v1',
          ['apps.v1.Deployment', 'apps.v1.DeploymentList', 'apps.v1.StatefulSetSpec', 'core.v1.PodSpec'],
        ],
        ['api/v1', ['core.v1.Secret', 'core.v1.ServiceSpec', 'core.v1.ConfigMapList']],
        ['apis/batch/v1', ['batch.v1.CronJobSpec', 'batch.v1.JobSpec']],
      ] as const) {
        const schemas = schemasOf(await read(world, `/openapi/v3/${path}`));
        for (const name of names) world.note(name, withoutDescriptions(schemas[`io.k8s.api.${name}`]));
      }
    },
  },
];
