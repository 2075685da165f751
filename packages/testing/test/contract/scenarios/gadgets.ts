import { defineResource, resources, type KubeObject } from '@stateful/reconcile-sdk';
import { type World } from '../world.ts';
import { definitionOf, served, type Custom } from './install-kind.ts';

/** A kind with everything that discovery, documents and Tables show, at two versions. */
const v1 = {
  name: 'v1',
  served: true,
  storage: true,
  subresources: {
    status: {},
    scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.ready' },
  },
  additionalPrinterColumns: [
    { name: 'Size', type: 'integer', jsonPath: '.spec.size', description: 'How many there are' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Tags', type: 'string', jsonPath: '.spec.tags[*]', priority: 1 },
    { name: 'All', type: 'string', jsonPath: '.spec.tags', priority: 1 },
    { name: 'Second', type: 'string', jsonPath: '.spec.tags[1]' },
    { name: 'Limit', type: 'number', jsonPath: '.spec.limit' },
    { name: 'On', type: 'boolean', jsonPath: '.spec.on' },
    { name: 'Wrong', type: 'integer', jsonPath: '.spec.tags' },
    { name: 'Port', type: 'string', jsonPath: '.spec.port' },
    { name: 'Dotted', type: 'string', jsonPath: ".metadata.labels['a\\.b/c']" },
    { name: 'Since', type: 'date', jsonPath: '.spec.since' },
    { name: 'Free', type: 'string', jsonPath: '.spec.free' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  schema: {
    openAPIV3Schema: {
      type: 'object',
      description: 'A gadget of this contract.',
      required: ['spec'],
      properties: {
        spec: {
          type: 'object',
          description: 'What is wanted.',
          required: ['size'],
          'x-kubernetes-validations': [{ rule: 'self.size < 100', message: 'too many' }],
          properties: {
            size: { type: 'integer', format: 'int32', minimum: 1, default: 2, description: 'How many.' },
            limit: { type: 'number' },
            on: { type: 'boolean' },
            since: { type: 'string', format: 'date-time' },
            tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set', maxItems: 9 },
            port: { 'x-kubernetes-int-or-string': true },
            maybe: { type: 'string', nullable: true, enum: ['a', 'b'] },
            free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            more: { type: 'object', additionalProperties: { type: 'string', maxLength: 5 } },
            pod: {
              type: 'object',
              'x-kubernetes-embedded-resource': true,
              'x-kubernetes-preserve-unknown-fields': true,
              properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } },
            },
          },
        },
        status: {
          type: 'object',
          properties: {
            ready: { type: 'integer' },
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
    },
  },
};
const v1beta1 = {
  name: 'v1beta1',
  served: true,
  storage: false,
  schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
};

export interface Gadgets {
  group: string;
  resource: ReturnType<typeof defineResource<Custom & KubeObject>>;
}

/** Installs it quietly, and waits until it is served and its document is there. */
export async function installGadgets({ client, namespace, quietly, ask, settle }: World): Promise<Gadgets> {
  const group = `${namespace}.example.com`;
  const resource = defineResource<Custom>(group, 'v1', 'Gadget', 'gadgets');
  await quietly(async () => {
    const names = {
      kind: 'Gadget',
      plural: 'gadgets',
      singular: 'gadget',
      shortNames: ['gd', 'gdg'],
      categories: ['all', 'things'],
    };
    const definition = definitionOf(group, 'Gadget', [v1beta1, v1], { names });
    await client.create(resources.customResourceDefinitions, definition);
    await served(() => client.list(resource, { namespace }), settle);
    await served(async () => {
      for (const version of ['v1', 'v1beta1']) {
        const body = await ask({ method: 'GET', path: `/openapi/v3/apis/${group}/${version}` });
        if ((body as { openapi?: string }).openapi === undefined) throw new Error('not documented yet');
      }
      const groups = (await ask({ method: 'GET', path: `/apis/${group}` })) as { versions?: unknown[] };
      if (groups.versions?.length !== 2) throw new Error('not discovered yet');
    }, settle);
  });
  return { group, resource };
}
