import { resources } from '@stateful/reconcile-sdk';
import { type Scenario } from '../world.ts';

const { configMaps, secrets, namespaces } = resources;

/** Create, read, replace and delete, and what stands in the way of each. */
export const objects: readonly Scenario[] = [
  {
    name: 'create, get, update, delete',
    async run({ client, namespace, attempt }) {
      const key = { namespace, name: 'a' };
      const made = await client.create(configMaps, {
        metadata: { ...key, labels: { app: 'x' } },
        data: { k: '1' },
      });
      await attempt(client.create(configMaps, { metadata: key }));
      await client.get(configMaps, key);
      await client.update(configMaps, { ...made, data: { k: '2', more: 'x' } });
      await attempt(client.update(configMaps, { ...made, data: { k: '3' } }));
      // Without a version it replaces whatever is there.
      await client.update(configMaps, { metadata: key, data: { k: '4' } });
      // The same again is no write.
      await client.update(configMaps, { metadata: key, data: { k: '4' } });
      await client.delete(configMaps, key);
      await attempt(client.get(configMaps, key));
      await attempt(client.delete(configMaps, key));
      await attempt(client.update(configMaps, made));
      await attempt(client.update(configMaps, { metadata: key, data: {} }));
    },
  },
  {
    name: 'preconditions of a delete and of patches',
    async run({ client, namespace, attempt }) {
      const key = { namespace, name: 'a' };
      const made = await client.create(configMaps, { metadata: key });
      const uid = '11111111-2222-3333-4444-555555555555';
      await attempt(client.delete(configMaps, key, { uid }));
      await attempt(client.delete(configMaps, key, { resourceVersion: '1' }));
      await attempt(client.mergePatch(configMaps, key, { metadata: { uid }, data: { k: '1' } }));
      await attempt(
        client.mergePatch(configMaps, key, { metadata: { resourceVersion: '1' }, data: { k: '1' } }),
      );
      await attempt(client.apply(configMaps, { metadata: { ...key, uid }, data: { k: '1' } }));
      await attempt(
        client.apply(configMaps, { metadata: { ...key, resourceVersion: '1' }, data: { k: '1' } }),
      );
      await attempt(
        client.apply(configMaps, { metadata: { namespace, name: 'none', resourceVersion: '1' } }),
      );
      await attempt(client.apply(configMaps, { metadata: { namespace, name: 'none', uid } }));
      await attempt(client.update(configMaps, { metadata: { ...key, uid }, data: {} }));
      await attempt(
        client.jsonPatch(configMaps, key, [{ op: 'test', path: '/metadata/resourceVersion', value: '1' }]),
      );
      await client.delete(configMaps, key, {
        uid: made.metadata!.uid!,
        resourceVersion: made.metadata!.resourceVersion!,
      });
    },
  },
  {
    name: 'names: generated, missing, malformed; namespaces: missing, other',
    async run({ client, namespace, attempt, ask, quietly }) {
      const made = await quietly(() =>
        client.create(configMaps, { metadata: { namespace, generateName: 'gen-' } }),
      );
      if (!/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(made.metadata?.name ?? '')) {
        throw new Error(`a generated name: ${made.metadata?.name}`);
      }
      await attempt(client.create(configMaps, { metadata: { namespace } }));
      await attempt(client.create(configMaps, { metadata: { namespace, name: 'Bad_Name' } }));
      await attempt(client.create(secrets, { metadata: { namespace, name: 'bad name' } }));
      await attempt(client.create(configMaps, { metadata: { namespace: 'no-such', name: 'a' } }));
      await attempt(client.create(namespaces, { metadata: { name: 'Bad' } }));
      await attempt(
        client.create(configMaps, { metadata: { namespace, name: 'l', labels: { 'a b': 'c', ok: '-' } } }),
      );
      await ask({
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/configmaps`,
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'other' } },
      });
      await ask({
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/configmaps`,
        body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } },
      });
      await ask({
        method: 'PUT',
        path: `/api/v1/namespaces/${namespace}/configmaps/a`,
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } },
      });
      await attempt(client.create(configMaps, { metadata: { namespace, name: 'v', resourceVersion: '5' } }));
    },
  },
  {
    name: 'dry runs keep nothing',
    async run({ client, namespace, attempt }) {
      const key = { namespace, name: 'a' };
      await client.create(configMaps, { metadata: key }, { dryRun: true });
      await attempt(client.get(configMaps, key));
      const made = await client.create(configMaps, { metadata: key, data: { k: '1' } });
      await client.update(configMaps, { ...made, data: { k: '2' } }, { dryRun: true });
      await client.mergePatch(configMaps, key, { data: { k: '3' } }, { dryRun: true });
      await client.apply(configMaps, { metadata: key, data: { j: '3' } }, { dryRun: true });
      await client.delete(configMaps, key, { dryRun: true });
      await client.get(configMaps, key);
    },
  },
  {
    name: 'finalizers hold a deleted object',
    async run({ client, namespace, attempt }) {
      const key = { namespace, name: 'a' };
      await client.create(configMaps, { metadata: { ...key, finalizers: ['example.com/f'] } });
      await client.delete(configMaps, key);
      await client.delete(configMaps, key);
      const going = await client.get(configMaps, key);
      await client.mergePatch(configMaps, key, { data: { still: 'writable' } });
      await attempt(
        client.mergePatch(configMaps, key, { metadata: { finalizers: ['example.com/f', 'example.com/g'] } }),
      );
      await attempt(client.create(configMaps, { metadata: key }));
      await attempt(
        client.update(configMaps, {
          ...going,
          metadata: { ...going.metadata, deletionTimestamp: '2030-01-01T00:00:00Z' },
        }),
      );
      await client.mergePatch(configMaps, key, { metadata: { finalizers: null } });
      await attempt(client.get(configMaps, key));
    },
  },
  {
    name: 'propagation policies leave their finalizers',
    async run({ client, namespace, attempt }) {
      for (const propagation of ['Foreground', 'Orphan', 'Background'] as const) {
        const key = { namespace, name: propagation.toLowerCase() };
        await client.create(configMaps, { metadata: key });
        await client.delete(configMaps, key, { propagation });
        await attempt(client.get(configMaps, key));
      }
    },
  },
];
