import { resources } from '@stateful/reconcile-sdk';
import { type Scenario } from '../world.ts';

const { configMaps } = resources;

/** JSON patch and merge patch. */
export const patches: readonly Scenario[] = [
  {
    name: 'merge patches',
    async run({ client, namespace, attempt }) {
      const key = { namespace, name: 'a' };
      await client.create(configMaps, {
        metadata: { ...key, labels: { a: '1', b: '2' } },
        data: { k: '1', l: '2' },
      });
      await client.mergePatch(configMaps, key, {
        metadata: { labels: { a: null, c: '3' } },
        data: { k: null },
      });
      await client.mergePatch(configMaps, key, { data: null });
      await client.mergePatch(configMaps, key, { data: { n: '1' } });
      await client.mergePatch(configMaps, key, { data: { n: '1' } });
      await attempt(client.mergePatch(configMaps, key, { metadata: { name: 'other' } }));
      await attempt(client.mergePatch(configMaps, { namespace, name: 'none' }, { data: {} }));
    },
  },
  {
    name: 'JSON patches',
    async run({ client, namespace, attempt }) {
      const key = { namespace, name: 'a' };
      await client.create(configMaps, {
        metadata: {
          ...key,
          finalizers: ['x.example.com/a', 'x.example.com/b'],
          annotations: { 'a.com/b': '2', c: '' },
        },
        data: { k: '1' },
      });
      await client.jsonPatch(configMaps, key, [
        { op: 'test', path: '/data/k', value: '1' },
        { op: 'add', path: '/data/new', value: 'n' },
        { op: 'replace', path: '/data/k', value: '2' },
        { op: 'remove', path: '/metadata/annotations/a.com~1b' },
        { op: 'copy', from: '/data/k', path: '/data/copied' },
        { op: 'move', from: '/data/new', path: '/data/moved' },
        { op: 'remove', path: '/metadata/finalizers/0' },
        { op: 'add', path: '/metadata/finalizers/-', value: 'x.example.com/c' },
        { op: 'add', path: '/metadata/finalizers/0', value: 'x.example.com/d' },
      ]);
      await attempt(client.jsonPatch(configMaps, key, [{ op: 'test', path: '/data/k', value: '1' }]));
      await attempt(client.jsonPatch(configMaps, key, [{ op: 'remove', path: '/data/none' }]));
      await attempt(client.jsonPatch(configMaps, key, [{ op: 'replace', path: '/data/none', value: 'x' }]));
      await attempt(client.jsonPatch(configMaps, key, [{ op: 'add', path: '/none/deep', value: 'x' }]));
      await client.get(configMaps, key);
    },
  },
  {
    name: 'JSON patches at the edges',
    async run({ namespace, ask, client }) {
      await client.create(configMaps, {
        metadata: { namespace, name: 'a', finalizers: ['x.example.com/a', 'x.example.com/b'] },
        data: { k: '1', l: 't' },
      });
      const patch = (body: unknown): Promise<unknown> =>
        ask({
          method: 'PATCH',
          path: `/api/v1/namespaces/${namespace}/configmaps/a?dryRun=All`,
          contentType: 'application/json-patch+json',
          body,
        });
      const list = '/metadata/finalizers';
      await patch([{ op: 'replace', path: `${list}/1`, value: 'x.example.com/z' }]);
      await patch([{ op: 'replace', path: `${list}/7`, value: 'x.example.com/z' }]);
      await patch([{ op: 'add', path: `${list}/2`, value: 'x.example.com/z' }]);
      await patch([{ op: 'add', path: `${list}/9`, value: 'x.example.com/z' }]);
      await patch([{ op: 'remove', path: `${list}/9` }]);
      await patch([{ op: 'remove', path: `${list}/-` }]);
      await patch([{ op: 'remove', path: `${list}/-1` }]);
      await patch([{ op: 'add', path: `${list}/x`, value: 'y' }]);
      await patch([{ op: 'test', path: '/data/none', value: null }]);
      await patch([{ op: 'test', path: '/data/none', value: 'x' }]);
      await patch([{ op: 'test', path: '/data', value: { l: 't', k: '1' } }]);
      await patch([{ op: 'test', path: '/data/~0~1', value: null }]);
      await patch([{ op: 'copy', from: '/data/none', path: '/data/x' }]);
      await patch([{ op: 'move', from: '/data/none', path: '/data/x' }]);
      await patch([{ op: 'move', from: '/data/k', path: '/data/k' }]);
      await patch([{ op: 'frobnicate', path: '/data/k' }]);
      await patch([{ op: 'replace', path: 'data/k', value: '2' }]);
      await patch([{ op: 'replace', path: '/data/k/deep', value: '2' }]);
      await patch([{ op: 'add', path: '/data/k', value: null }]);
      await patch([{ op: 'add', path: '/binaryData', value: { a: 'YQ==' } }]);
      await patch([{ op: 'add', path: '/data/k' }]);
      await patch([{ path: '/data/k' }]);
      await patch({ op: 'add' });
      await patch([]);
      await patch([{ op: 'replace', path: '/metadata/name', value: 'b' }]);
      await patch([{ op: 'remove', path: '/metadata' }]);
    },
  },
];
