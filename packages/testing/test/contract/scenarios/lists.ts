import { defineResource, resources, type KubeObject } from '@stateful/reconcile-sdk';
import { type Scenario } from '../world.ts';

const { configMaps } = resources;

/** Lists: selectors, pages, metadata alone. */
export const lists: readonly Scenario[] = [
  {
    name: 'lists by labels and fields',
    async run({ client, namespace, attempt, quietly }) {
      await client.list(configMaps, { namespace });
      await quietly(async () => {
        await client.create(configMaps, {
          metadata: { namespace, name: 'a', labels: { app: 'x', tier: '1' } },
        });
        await client.create(configMaps, { metadata: { namespace, name: 'b', labels: { app: 'y' } } });
        await client.create(configMaps, { metadata: { namespace, name: 'c' } });
      });
      for (const labelSelector of [
        'app=x',
        'app==x',
        'app!=x',
        'app in (x,y)',
        'app notin (x)',
        'app',
        '!app',
        'app=x,tier',
        'tier>0',
        'tier<1',
        'app = x , tier = 1',
      ]) {
        await client.list(configMaps, { namespace, labelSelector });
      }
      await attempt(client.list(configMaps, { namespace, labelSelector: 'app in x' }));
      await attempt(client.list(configMaps, { namespace, labelSelector: 'a b' }));
      await client.list(configMaps, { namespace, fieldSelector: 'metadata.name=b' });
      await client.list(configMaps, {
        namespace,
        fieldSelector: `metadata.name!=b,metadata.namespace=${namespace}`,
      });
      await attempt(client.list(configMaps, { namespace, fieldSelector: 'data.x=b' }));
      await client.list(configMaps, { namespace, labelSelector: 'app=x', metadataOnly: true });
      await client.get(configMaps, { namespace, name: 'a' }, { metadataOnly: true });
      await client.list(configMaps, { namespace: 'no-such-namespace' });
      await attempt(
        client.list(defineResource<KubeObject>('none.example.com', 'v1', 'None', 'nones'), { namespace }),
      );
      await attempt(client.list(defineResource<KubeObject>('', 'v1', 'None', 'nones'), { namespace }));
    },
  },
  {
    name: 'pages stay at one revision',
    async run({ client, namespace, attempt, quietly }) {
      await quietly(async () => {
        for (const name of ['a', 'b', 'c', 'd', 'e']) {
          await client.create(configMaps, { metadata: { namespace, name } });
        }
      });
      const first = await client.list(configMaps, { namespace, limit: 2 });
      await quietly(async () => {
        await client.delete(configMaps, { namespace, name: 'd' });
        await client.create(configMaps, { metadata: { namespace, name: 'bb' } });
      });
      const second = await client.list(configMaps, {
        namespace,
        limit: 2,
        continue: first.metadata.continue!,
      });
      await client.list(configMaps, { namespace, limit: 2, continue: second.metadata.continue! });
      await client.list(configMaps, { namespace, limit: 5 });
      await client.list(configMaps, { namespace, limit: 6 });
      await attempt(client.list(configMaps, { namespace, limit: 2, continue: 'nonsense' }));
      await attempt(
        client.list(configMaps, {
          namespace,
          limit: 2,
          continue: first.metadata.continue!,
          resourceVersion: '5',
        }),
      );
      await attempt(client.list(configMaps, { namespace, resourceVersionMatch: 'Exact' }));
      const exact = first.metadata.resourceVersion;
      await client.list(configMaps, { namespace, resourceVersion: exact, resourceVersionMatch: 'Exact' });
      await client.list(configMaps, { namespace, resourceVersion: '0' });
    },
  },
];
