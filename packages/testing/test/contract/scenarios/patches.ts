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
];
