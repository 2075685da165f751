import { defineResource, resources, type KubeObject } from '@stateful/reconcile-sdk';
import { type World } from '../world.ts';

const { customResourceDefinitions } = resources;

/** Any custom kind. */
export interface Custom extends KubeObject {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

export const schemaOf = (spec: object): object => ({
  type: 'object',
  properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
});

/** Waits until a list of a kind is answered twice: served a first time is not served by every part yet. */
export async function served(list: () => Promise<unknown>, settle: World['settle']): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await list();
      await settle(300);
      await list();
      return;
    } catch (error) {
      if (tries > 100) throw error;
      await settle(100);
    }
  }
}

/** A CRD of one kind in the scenario's own group. */
export const definitionOf = (
  group: string,
  kind: string,
  versions: readonly object[],
  more: object = {},
) => ({
  metadata: { name: `${kind.toLowerCase()}s.${group}` },
  spec: {
    group,
    names: { kind, plural: `${kind.toLowerCase()}s` },
    scope: 'Namespaced',
    versions: versions as never,
    ...more,
  },
});

/** Installs a kind with one version, `v1`, under a group that only this scenario has. */
export async function installKind({ client, namespace, settle }: World, kind: string, spec: object) {
  const group = `${namespace}.example.com`;
  const resource = defineResource<Custom>(group, 'v1', kind, `${kind.toLowerCase()}s`);
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: schemaOf(spec) },
    subresources: { status: {} },
  };
  await client.create(customResourceDefinitions, definitionOf(group, kind, [version]));
  await served(() => client.list(resource, { namespace }), settle);
  return resource;
}
