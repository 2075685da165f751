import { isAlreadyExists, isNotFound, resources, type KubeClient } from '@stateful/reconcile-sdk';
import { waitForObject } from './wait.ts';

/** A namespace with nothing in it: one of an earlier run is removed first, with all that it holds. */
export async function freshNamespace(client: KubeClient, name: string): Promise<void> {
  await removeNamespace(client, name);
  await client
    .create(resources.namespaces, {
      metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    })
    .catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
}

export async function removeNamespace(client: KubeClient, name: string): Promise<void> {
  await client.delete(resources.namespaces, { name }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  await waitForObject(
    client,
    resources.namespaces,
    { name },
    `namespace ${name} is gone`,
    (object) => object === undefined,
    180_000,
    (object) => JSON.stringify(object?.status ?? {}),
  );
}
