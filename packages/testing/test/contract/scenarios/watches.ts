import { resources } from '@stateful/reconcile-sdk';
import { type Scenario } from '../world.ts';

const { configMaps } = resources;

/** Watches: from a version, from the contents, with selectors, to their end. */
export const watches: readonly Scenario[] = [
  {
    name: 'a watch goes on from a version',
    async run({ client, namespace, events }) {
      const { metadata } = await client.list(configMaps, { namespace });
      const key = { namespace, name: 'a' };
      await client.create(configMaps, { metadata: { ...key, labels: { app: 'x' } } });
      await client.mergePatch(configMaps, key, { data: { k: '1' } });
      const stop = new AbortController();
      const { resourceVersion } = metadata;
      const body = client.watch(configMaps, {
        namespace,
        resourceVersion,
        timeoutSeconds: 20,
        signal: stop.signal,
      });
      await client.mergePatch(configMaps, key, { metadata: { labels: { app: 'y' } } });
      await client.delete(configMaps, key);
      await events(body, 4);
      stop.abort();
      const selective = new AbortController();
      await events(
        client.watch(configMaps, {
          namespace,
          resourceVersion,
          labelSelector: 'app=x',
          timeoutSeconds: 20,
          signal: selective.signal,
        }),
        3,
      );
      selective.abort();
      const entering = new AbortController();
      await events(
        client.watch(configMaps, {
          namespace,
          resourceVersion,
          labelSelector: 'app=y',
          timeoutSeconds: 20,
          signal: entering.signal,
        }),
        2,
      );
      entering.abort();
    },
  },
  {
    name: 'a watch begins with the contents',
    async run({ client, namespace, events }) {
      await client.create(configMaps, { metadata: { namespace, name: 'b', labels: { app: 'x' } } });
      await client.create(configMaps, { metadata: { namespace, name: 'a' } });
      for (const more of [
        {},
        { labelSelector: 'app=x' },
        { metadataOnly: true, fieldSelector: 'metadata.name=b' },
      ]) {
        const stop = new AbortController();
        await events(
          client.watch(configMaps, {
            namespace,
            sendInitialEvents: true,
            resourceVersionMatch: 'NotOlderThan',
            timeoutSeconds: 20,
            signal: stop.signal,
            ...more,
          }),
          'fieldSelector' in more || 'labelSelector' in more ? 2 : 3,
        );
        stop.abort();
      }
      // Without a version: what exists comes as if it were new, and no bookmark ends it.
      const stop = new AbortController();
      await events(client.watch(configMaps, { namespace, timeoutSeconds: 20, signal: stop.signal }), 2);
      stop.abort();
    },
  },
  {
    name: 'a watch ends by its time, and is refused',
    async run({ client, namespace, events, attempt }) {
      const signal = new AbortController().signal;
      await events(
        client.watch(configMaps, {
          namespace,
          resourceVersion: (await client.list(configMaps, { namespace })).metadata.resourceVersion,
          timeoutSeconds: 1,
          signal,
        }),
        99,
      );
      await attempt(
        client.watch(configMaps, { namespace, sendInitialEvents: true, timeoutSeconds: 1, signal }),
      );
      await attempt(client.watch(configMaps, { namespace, labelSelector: 'a b', timeoutSeconds: 1, signal }));
      await attempt(
        client.watch(configMaps, { namespace, resourceVersion: 'abc', timeoutSeconds: 1, signal }),
      );
    },
  },
];
