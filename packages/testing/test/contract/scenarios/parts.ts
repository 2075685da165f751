import { resources } from '@stateful/reconcile-sdk';
import { type Scenario } from '../world.ts';

const { namespaces, podDisruptionBudgets, pods, serviceAccounts } = resources;
const labels = { app: 'x' };

/** Sub-resources that few kinds have. */
export const parts: readonly Scenario[] = [
  {
    name: 'pods are evicted as far as a budget allows',
    async run({ client, namespace, ask, quietly, note }) {
      const evict = (name: string) =>
        ask({
          method: 'POST',
          path: `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
          body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } },
        });
      const budget = { namespace, name: 'b' };
      await quietly(async () => {
        await client
          .create(serviceAccounts, { metadata: { namespace, name: 'default' } })
          .catch(() => undefined);
        for (const name of ['one', 'two', 'pending', 'free']) {
          await client.create(pods, {
            metadata: { namespace, name, ...(name === 'free' ? {} : { labels }) },
            spec: { containers: [{ name: 'main', image: 'example:1' }] },
          });
          if (name === 'pending') continue;
          const ready = { type: 'Ready', status: 'True' };
          await client.mergePatch(
            pods,
            { namespace, name },
            { status: { phase: 'Running', conditions: [ready] } },
            { subresource: 'status' },
          );
        }
        await client.create(podDisruptionBudgets, {
          metadata: budget,
          spec: { minAvailable: 1, selector: { matchLabels: labels } },
        });
      });
      await evict('one');
      await quietly(() =>
        client.mergePatch(
          podDisruptionBudgets,
          budget,
          {
            status: {
              observedGeneration: 1,
              disruptionsAllowed: 1,
              currentHealthy: 2,
              desiredHealthy: 1,
              expectedPods: 2,
            },
          },
          { subresource: 'status' },
        ),
      );
      await evict('one');
      const { metadata: _metadata, ...rest } = await quietly(() => client.get(podDisruptionBudgets, budget));
      note('the budget afterwards', rest);
      await evict('two');
      await evict('pending');
      await evict('free');
      await evict('gone');
      const { items } = await quietly(() => client.list(pods, { namespace }));
      note(
        'who is left',
        items.map(({ metadata }) => metadata?.name),
      );
    },
  },
  {
    name: 'a pod that is going is there until somebody confirms that it is gone',
    async run({ client, namespace, attempt, ask }) {
      const key = { namespace, name: 'p' };
      await client.create(pods, {
        metadata: key,
        spec: { nodeName: 'some-node', containers: [{ name: 'main', image: 'example:1' }] },
      });
      await client.delete(pods, key);
      await client.mergePatch(pods, key, { status: { phase: 'Succeeded' } }, { subresource: 'status' });
      await client.mergePatch(pods, key, { metadata: { labels: { a: '1' } } });
      await ask({
        method: 'DELETE',
        path: `/api/v1/namespaces/${namespace}/pods/p`,
        body: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 },
      });
      await attempt(client.get(pods, key));
    },
  },
  {
    name: 'a namespace is let go by taking its finalizer off',
    async run({ client, namespace, ask, quietly, attempt }) {
      const name = `${namespace}-f`;
      await quietly(() => client.create(namespaces, { metadata: { name } }));
      const finalize = (finalizers: string[]) =>
        ask({
          method: 'PUT',
          path: `/api/v1/namespaces/${name}/finalize`,
          body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers } },
        });
      await finalize(['kubernetes', 'example.com/mine']);
      await client.delete(namespaces, { name });
      await finalize(['example.com/mine']);
      await finalize([]);
      await attempt(client.get(namespaces, { name }));
      await finalize([]);
    },
  },
];
