import { resources, type KubeClient } from '@stateful/reconcile-sdk';

/** Serves a kind of test.example.com at v1, namespaced, with a status of its own. */
export const installTestKind = (
  client: KubeClient,
  kind: string,
  plural: string,
  openAPIV3Schema: object,
): Promise<unknown> =>
  client.create(resources.customResourceDefinitions, {
    metadata: { name: `${plural}.test.example.com` },
    spec: {
      group: 'test.example.com',
      names: { kind, plural },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema },
        },
      ],
    },
  });
