/** The kind that both operators reconcile: `spec.value` is to stand in one ConfigMap of the same name. */
export const kind = {
  group: 'bench.example.com',
  version: 'v1',
  kind: 'Bench',
  plural: 'benches',
} as const;

/** Field manager, Lease and label of both operators: the one finds the other's objects as it wants them itself. */
export const operatorName = 'bench-operator';
export const childLabel = { 'app.kubernetes.io/managed-by': operatorName } as const;
export const childSelector = `app.kubernetes.io/managed-by=${operatorName}`;
/** In which namespace the Lease is. */
export const leaseNamespace = 'default';
export const leaseName = `${operatorName}-leader`;

const text = { type: 'string' } as const;
const integer = { type: 'integer', format: 'int64' } as const;

export const customResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.plural}.${kind.group}` },
  spec: {
    group: kind.group,
    scope: 'Namespaced',
    names: { kind: kind.kind, listKind: 'BenchList', plural: kind.plural, singular: 'bench' },
    versions: [
      {
        name: kind.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: { type: 'object', required: ['value'], properties: { value: text } },
              status: {
                type: 'object',
                properties: {
                  observedGeneration: integer,
                  conditions: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['type'],
                    items: {
                      type: 'object',
                      required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
                      properties: {
                        type: text,
                        status: text,
                        reason: text,
                        message: text,
                        observedGeneration: integer,
                        lastTransitionTime: { type: 'string', format: 'date-time' },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
} as const;

export const benchObject = (name: string, value: string) => ({
  apiVersion: `${kind.group}/${kind.version}`,
  kind: kind.kind,
  metadata: { name },
  spec: { value },
});
