import { defineResource, resources, type KubeObject } from '@stateful/reconcile-sdk';
import { type Scenario, type World } from '../world.ts';
import { served } from './install-kind.ts';

const { customResourceDefinitions } = resources;

interface Widget extends KubeObject {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 9 },
        mode: { type: 'string', enum: ['fast', 'safe'], default: 'safe' },
        name: { type: 'string', pattern: '^[a-z]+$', minLength: 2, maxLength: 5 },
        tags: { type: 'array', items: { type: 'string' }, maxItems: 3, 'x-kubernetes-list-type': 'set' },
        parts: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, weight: { type: 'integer', default: 1 } },
          },
        },
        plain: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
        limits: { type: 'object', additionalProperties: { type: 'string' } },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        port: { 'x-kubernetes-int-or-string': true },
        maybe: { type: 'string', nullable: true },
        nested: { type: 'object', default: {}, properties: { on: { type: 'boolean', default: true } } },
      },
    },
    status: {
      type: 'object',
      properties: {
        ready: { type: 'integer' },
        selector: { type: 'string' },
        conditions: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['type'],
          items: {
            type: 'object',
            required: ['type'],
            properties: { type: { type: 'string' }, status: { type: 'string' } },
          },
        },
      },
    },
  },
};

/** Installs the kind under a group that only this scenario has. */
async function install({ client, namespace, settle }: World, more: object = {}) {
  const group = `${namespace}.example.com`;
  const widgets = defineResource<Widget>(group, 'v1', 'Widget', 'widgets');
  await client.create(customResourceDefinitions, {
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      names: { kind: 'Widget', plural: 'widgets' },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema as never },
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.size',
              statusReplicasPath: '.status.ready',
              labelSelectorPath: '.status.selector',
            },
          },
          ...more,
        },
      ],
    },
  });
  await served(() => client.list(widgets, { namespace }), settle);
  return widgets;
}

/** Kinds that a CRD defines: schema, generation, sub-resources, apply. */
export const customKinds: readonly Scenario[] = [
  {
    name: 'generation, status and scale',
    async run(world) {
      const { client, namespace, attempt, quietly } = world;
      const widgets = await quietly(() => install(world));
      const key = { namespace, name: 'w' };
      const made = await client.create(widgets, {
        metadata: key,
        spec: { size: 1, unknown: 'x' },
        status: { ready: 5 },
      });
      await client.mergePatch(widgets, key, { metadata: { labels: { a: 'b' } } });
      await client.mergePatch(widgets, key, { spec: { size: 2 } });
      await client.mergePatch(widgets, key, { status: { ready: 9 } });
      await client.mergePatch(
        widgets,
        key,
        { spec: { size: 7 }, status: { ready: 2 } },
        { subresource: 'status' },
      );
      await client.apply(
        widgets,
        { metadata: key, status: { ready: 2, conditions: [{ type: 'Ready', status: 'True' }] } },
        { subresource: 'status' },
      );
      await client.apply(widgets, { metadata: key, spec: { size: 2 }, status: { ready: 1 } });
      await attempt(client.update(widgets, { ...made, status: { ready: 1 } }, { subresource: 'status' }));
      await attempt(client.update(widgets, { metadata: key, spec: { size: 3 } }));
      const live = await client.get(widgets, key);
      await client.update(widgets, { ...live, spec: { size: 3 }, status: { ready: 8 } });
      await client.update(
        widgets,
        { ...(await client.get(widgets, key)), status: { ready: 3 } },
        { subresource: 'status' },
      );
      await client.get(widgets, key, { subresource: 'scale' });
      await client.mergePatch(widgets, key, { spec: { replicas: 4 } }, { subresource: 'scale' });
      await client.get(widgets, key);
      await attempt(client.get(widgets, key, { subresource: 'none' }));
      await attempt(
        client.apply(
          widgets,
          { metadata: { namespace, name: 'no' }, status: { ready: 2 } },
          { subresource: 'status' },
        ),
      );
      await client.list(widgets, { namespace, metadataOnly: true });
      await client.list(widgets, { namespace });
      await client.serverResource(widgets);
      await client.mergePatch(widgets, key, { metadata: { finalizers: ['e.com/f'] } });
      await client.delete(widgets, key);
      await client.mergePatch(widgets, key, { metadata: { finalizers: [] } });
    },
  },
  {
    name: 'the schema: pruning, defaults, checks',
    async run(world) {
      const { client, namespace, attempt, quietly } = world;
      const widgets = await quietly(() => install(world));
      const make = (name: string, spec: unknown, options = {}): Promise<unknown> =>
        attempt(client.create(widgets, { metadata: { namespace, name }, spec } as Widget, options));
      await make('full', {
        size: 1,
        name: 'abc',
        tags: ['x', 'y'],
        parts: [{ name: 'a' }, { name: 'b', weight: 3, gone: 1 }],
        plain: [{ a: '1', b: '2' }],
        limits: { x: '1' },
        free: { any: { thing: [1] } },
        port: 'http',
        maybe: null,
        nested: { other: 1 },
      });
      await make('missing', {});
      await make('type', { size: 'one' });
      await make('float', { size: 1.5 });
      await make('low', { size: 0 });
      await make('high', { size: 10 });
      await make('enum', { size: 1, mode: 'slow' });
      await make('pattern', { size: 1, name: 'ABC' });
      await make('short', { size: 1, name: 'a' });
      await make('long', { size: 1, name: 'abcdef' });
      await make('items', { size: 1, tags: ['a', 'b', 'c', 'd'] });
      await make('twice', { size: 1, tags: ['a', 'a'] });
      await make('keys', { size: 1, parts: [{ name: 'a' }, { name: 'a' }] });
      await make('nokey', { size: 1, parts: [{ weight: 1 }] });
      await make('null', { size: 1, mode: null, name: null });
      await make('map', { size: 1, limits: { x: 1 } });
      await make('port', { size: 1, port: true });
      await make('several', { size: 0, mode: 'slow', name: 'A' });
      await make('strict', { size: 1, unknown: 1, nested: { other: 1 } }, { fieldValidation: 'Strict' });
      await attempt(client.create(widgets, { metadata: { namespace, name: 'nospec' } }));
      await attempt(client.create(widgets, { metadata: { namespace, name: 'text' }, spec: 'text' as never }));
      await attempt(client.mergePatch(widgets, { namespace, name: 'full' }, { spec: { size: 99 } }));
      await attempt(
        client.jsonPatch(widgets, { namespace, name: 'full' }, [{ op: 'remove', path: '/spec/size' }]),
      );
    },
  },
  {
    name: 'apply to lists of each type',
    async run(world) {
      const { client, as, namespace, attempt, quietly } = world;
      const widgets = await quietly(() => install(world));
      const key = { namespace, name: 'w' };
      const other = as('other');
      await client.apply(widgets, {
        metadata: key,
        spec: {
          size: 1,
          tags: ['a', 'b'],
          parts: [{ name: 'x', weight: 2 }],
          plain: [{ a: '1' }],
          limits: { m: '1' },
          free: { deep: { a: 1 } },
        },
      });
      await other.apply(widgets, {
        metadata: key,
        spec: {
          size: 1,
          tags: ['b', 'c'],
          parts: [{ name: 'y' }],
          limits: { n: '1' },
          free: { deep: { b: 1 } },
        },
      });
      await attempt(
        other.apply(widgets, {
          metadata: key,
          spec: { size: 2, plain: [{ a: '2' }], parts: [{ name: 'x', weight: 5 }] },
        }),
      );
      await client.apply(widgets, { metadata: key, spec: { size: 1, tags: ['b'], parts: [], plain: [] } });
      await attempt(other.apply(widgets, { metadata: key, spec: { unknown: 1 } }));
      await attempt(other.apply(widgets, { metadata: key, spec: { size: 'x' } }));
      await other.apply(widgets, { metadata: key, spec: { size: 1 } });
      await client.mergePatch(widgets, key, { spec: { parts: [{ name: 'z' }], tags: null } });
    },
  },
  {
    name: 'a kind without sub-resources',
    async run(world) {
      const { client, namespace, attempt, quietly } = world;
      const widgets = await quietly(() => install(world, { subresources: {} }));
      const key = { namespace, name: 'w' };
      await client.create(widgets, { metadata: key, spec: { size: 1 }, status: { ready: 1 } });
      await client.mergePatch(widgets, key, { status: { ready: 2 } });
      await attempt(client.mergePatch(widgets, key, { status: { ready: 3 } }, { subresource: 'status' }));
      await client.delete(widgets, key);
      await client.delete(customResourceDefinitions, { name: `widgets.${namespace}.example.com` });
    },
  },
];
