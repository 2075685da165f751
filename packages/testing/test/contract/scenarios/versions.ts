import { defineResource, resources } from '@stateful/reconcile-sdk';
import { type Scenario, type World } from '../world.ts';
import { definitionOf, served, type Custom } from './install-kind.ts';

const { customResourceDefinitions } = resources;

const version = (name: string, properties: object, more: object = {}): object => ({
  name,
  served: true,
  storage: false,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties },
        status: { type: 'object', properties: { ready: { type: 'integer' } } },
      },
    },
  },
  subresources: { status: {} },
  ...more,
});
const text = { type: 'string' };

/** A kind in several versions. */
async function install(
  { client, namespace, quietly, settle }: World,
  versions: readonly object[],
  conversion: object = {},
) {
  const group = `${namespace}.example.com`;
  const old = defineResource<Custom>(group, 'v1alpha1', 'Gadget', 'gadgets');
  const now = defineResource<Custom>(group, 'v1', 'Gadget', 'gadgets');
  await quietly(async () => {
    await client.create(customResourceDefinitions, definitionOf(group, 'Gadget', versions, conversion));
    await served(() => client.list(old, { namespace }), settle);
  });
  return { group, old, now, name: `gadgets.${group}` };
}

interface Review {
  request: { uid: string; desiredAPIVersion: string; objects: Custom[] };
}

/** `spec.size` of v1 is `spec.amount` of v1alpha1; what is called `broken` cannot be turned. */
function convert(review: unknown): unknown {
  const { request } = review as Review;
  const wanted = request.desiredAPIVersion;
  const bad = request.objects.find(({ spec }) => spec?.['note'] === 'broken');
  const result = bad ? { status: 'Failed', message: 'it is broken' } : { status: 'Success' };
  const convertedObjects = request.objects.map(({ spec = {}, ...rest }) => {
    const { size, amount, ...more } = spec;
    const value = size ?? amount;
    const named = wanted.endsWith('/v1') ? 'size' : 'amount';
    return {
      ...rest,
      apiVersion: wanted,
      spec: { ...more, ...(value === undefined ? {} : { [named]: value }) },
    };
  });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'ConversionReview',
    response: { uid: request.uid, result, convertedObjects: bad ? [] : convertedObjects },
  };
}

/** CRDs with several versions: which is stored, which is served, who turns one into another. */
export const versions: readonly Scenario[] = [
  {
    name: 'the strategy None changes nothing but the version',
    async run(world) {
      const { client, namespace, events, attempt } = world;
      const { old, now, name } = await install(world, [
        version(
          'v1alpha1',
          { amount: text, size: text, both: text },
          { deprecated: true, deprecationWarning: 'use v1 instead' },
        ),
        version('v1', { size: text, both: text }, { storage: true }),
        version('v1alpha2', { size: text, both: { ...text, default: 'x' } }, { deprecated: true }),
        version('v0', { both: text }, { served: false }),
      ]);
      const key = { namespace, name: 'a' };
      const made = await client.create(old, { metadata: key, spec: { amount: '1', both: 'b' } });
      await client.get(now, key);
      await client.mergePatch(now, key, { spec: { size: '2' } });
      await client.get(old, key);
      await client.mergePatch(old, key, { spec: { both: 'c' } });
      await client.apply(now, { metadata: key, spec: { both: 'd' } }, { force: true });
      await client.mergePatch(old, key, { status: { ready: 1 } }, { subresource: 'status' });
      await client.list(old, { namespace });
      await client.list({ ...now, version: 'v1alpha2' }, { namespace });
      await attempt(client.get({ ...now, version: 'v0' }, key));
      const stop = new AbortController();
      await events(
        client.watch(old, {
          namespace,
          resourceVersion: made.metadata!.resourceVersion!,
          timeoutSeconds: 20,
          signal: stop.signal,
        }),
        2,
      );
      stop.abort();
      await client.get(customResourceDefinitions, { name });
    },
  },
  {
    name: 'stored versions are told of, and may go',
    async run(world) {
      const { client, attempt, settle } = world;
      const { name } = await install(world, [
        version('v1alpha1', { a: text }, { storage: true }),
        version('v1', { a: text }),
      ]);
      const crd = { name };
      const switchTo = (index: number): Promise<unknown> =>
        attempt(
          client.jsonPatch(customResourceDefinitions, crd, [
            { op: 'replace', path: `/spec/versions/${index}/storage`, value: true },
            { op: 'replace', path: `/spec/versions/${1 - index}/storage`, value: false },
          ]),
        );
      const stored = async (): Promise<unknown> => {
        await settle(500);
        return client.get(customResourceDefinitions, crd);
      };
      await switchTo(1);
      await stored();
      const drop = (): Promise<unknown> =>
        attempt(
          client.jsonPatch(customResourceDefinitions, crd, [{ op: 'remove', path: '/spec/versions/0' }]),
        );
      await drop();
      await attempt(
        client.mergePatch(
          customResourceDefinitions,
          crd,
          { status: { storedVersions: ['v1'] } },
          { subresource: 'status' },
        ),
      );
      await drop();
      await stored();
    },
  },
  {
    name: 'a webhook turns one version into another',
    async run(world) {
      const { client, namespace, attempt, webhook } = world;
      const clientConfig = await webhook('convert', convert, 'unheard');
      const { old, now } = await install(
        world,
        [
          version('v1alpha1', { amount: text, note: text }),
          version('v1', { size: text, note: text }, { storage: true }),
        ],
        {
          conversion: {
            strategy: 'Webhook',
            webhook: { clientConfig, conversionReviewVersions: ['v1'] },
          },
        },
      );
      const key = { namespace, name: 'a' };
      await client.create(old, { metadata: key, spec: { amount: '1' } });
      await client.get(now, key);
      await client.get(old, key);
      await client.mergePatch(old, key, { spec: { amount: '2' } });
      await client.create(now, { metadata: { namespace, name: 'b' }, spec: { size: '5' } });
      await client.list(old, { namespace });
      await client.list(now, { namespace });
      await client.create(now, { metadata: { namespace, name: 'c' }, spec: { note: 'broken' } });
      await attempt(client.get(old, { namespace, name: 'c' }));
      await attempt(client.list(old, { namespace }));
      await attempt(client.create(old, { metadata: { namespace, name: 'd' }, spec: { note: 'broken' } }));
      await client.delete(old, key);
      await attempt(client.delete(now, { namespace, name: 'c' }));
    },
  },
  {
    name: 'webhooks of admission see the version that they ask for',
    async run(world) {
      const { client, namespace, webhook, ask, quietly, settle } = world;
      const { old, group } = await install(world, [
        version('v1alpha1', { a: text }),
        version('v1', { a: text }, { storage: true }),
      ]);
      const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
      const hook = async (name: string, matchPolicy: string): Promise<object> => ({
        name: `${name}.example.com`,
        clientConfig: await webhook(
          name,
          (review) => ({
            apiVersion: 'admission.k8s.io/v1',
            kind: 'AdmissionReview',
            response: { uid: (review as Review).request.uid, allowed: true },
          }),
          'in parallel',
        ),
        matchPolicy,
        rules: [{ apiGroups: [group], apiVersions: ['v1'], resources: ['gadgets'], operations: ['*'] }],
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
      });
      const webhooks = [await hook('equivalent', 'Equivalent'), await hook('exact', 'Exact')];
      await quietly(() => ask({ method: 'POST', path, body: { metadata: { name: namespace }, webhooks } }));
      await settle(800);
      const key = { namespace, name: 'a' };
      await client.create(old, { metadata: key, spec: { a: '1' } });
      await client.mergePatch(old, key, { spec: { a: '2' } });
      await client.delete(old, key);
      await quietly(() => ask({ method: 'DELETE', path: `${path}/${namespace}` }));
    },
  },
];
