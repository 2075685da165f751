import { type CustomResourceDefinition, type Resource } from '../src/client/index.ts';

/** A CustomResourceDefinition for a kind of a test: namespaced, and the API server takes whatever it holds. */
export function looseDefinition(
  { group, version, kind, plural }: Resource,
  { hasStatus = false } = {},
): CustomResourceDefinition {
  return {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, plural },
      scope: 'Namespaced',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(hasStatus ? { subresources: { status: {} } } : {}),
          schema: {
            // The generated type has the keys of the Go client.
            openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as object,
          },
        },
      ],
    },
  };
}
