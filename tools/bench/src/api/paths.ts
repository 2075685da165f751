import { childSelector, kind, leaseName, leaseNamespace } from '../kind.ts';

const inNamespace = (base: string, namespace: string, plural: string): string =>
  `${base}/namespaces/${namespace}/${plural}`;
const groupBase = `/apis/${kind.group}/${kind.version}`;

export const paths = {
  definitions: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  namespaces: '/api/v1/namespaces',
  metrics: '/metrics',
  lease: `${inNamespace('/apis/coordination.k8s.io/v1', leaseNamespace, 'leases')}/${leaseName}`,
  benches: (namespace: string) => inNamespace(groupBase, namespace, kind.plural),
  bench: (namespace: string, name: string) => `${inNamespace(groupBase, namespace, kind.plural)}/${name}`,
  configMaps: (namespace: string) => inNamespace('/api/v1', namespace, 'configmaps'),
  events: (namespace: string) => inNamespace('/apis/events.k8s.io/v1', namespace, 'events'),
  everyBench: `${groupBase}/${kind.plural}`,
  everyChild: `/api/v1/configmaps?labelSelector=${encodeURIComponent(childSelector)}`,
} as const;
