import { dnsServiceAddress, hostAddress } from './layout.ts';

export type Manifest = { readonly path: string; readonly object: Readonly<Record<string, unknown>> };

export const volumeProvisionerName = 'local-cluster.stateful/volumes';

/** What a new cluster holds before anything is installed on it. */
export function initialManifests(): readonly Manifest[] {
  return [
    ...clusterRole('coredns', 'system:coredns', [
      rule('', ['endpoints', 'services', 'pods', 'namespaces'], ['list', 'watch']),
      rule('discovery.k8s.io', ['endpointslices'], ['list', 'watch']),
    ]),
    ...clusterRole('volume-provisioner', 'system:volume-provisioner', [
      rule('', ['persistentvolumes'], ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete']),
      rule('', ['persistentvolumeclaims'], ['get', 'list', 'watch', 'update', 'patch']),
      rule('', ['nodes'], ['get', 'list', 'watch']),
      rule('', ['events'], ['create', 'patch', 'update']),
      rule('storage.k8s.io', ['storageclasses'], ['get', 'list', 'watch']),
    ]),
    ...dns(),
    storageClass('standard', {
      description: 'a directory on the disk of the node that the first pod runs on',
      placement: 'node',
      bindingMode: 'WaitForFirstConsumer',
      isDefault: true,
    }),
    storageClass('shared', {
      description: 'a directory that every node reaches, like a disk on a network',
      placement: 'shared',
      bindingMode: 'Immediate',
      isDefault: false,
    }),
  ];
}

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
};

const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[]): Rule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
});

function clusterRole(name: string, user: string, rules: readonly Rule[]): readonly Manifest[] {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const path = `/apis/${apiVersion}`;
  const roleName = `local-cluster:${name}`;
  const metadata = { name: roleName };
  return [
    {
      path: `${path}/clusterroles/${roleName}`,
      object: { apiVersion, kind: 'ClusterRole', metadata, rules },
    },
    {
      path: `${path}/clusterrolebindings/${roleName}`,
      object: {
        apiVersion,
        kind: 'ClusterRoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
      },
    },
  ];
}

/** CoreDNS runs on the host: its Service has no selector and an EndpointSlice of our own. */
function dns(): readonly Manifest[] {
  const namespace = 'kube-system';
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ];
  return [
    {
      path: `/api/v1/namespaces/${namespace}/services/kube-dns`,
      object: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'kube-dns', namespace },
        spec: { clusterIP: dnsServiceAddress, ports },
      },
    },
    {
      path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices/kube-dns-host`,
      object: {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          name: 'kube-dns-host',
          namespace,
          labels: {
            'kubernetes.io/service-name': 'kube-dns',
            'endpointslice.kubernetes.io/managed-by': 'local-cluster',
          },
        },
        addressType: 'IPv4',
        endpoints: [{ addresses: [hostAddress], conditions: { ready: true } }],
        ports,
      },
    },
  ];
}

function storageClass(
  name: string,
  options: {
    readonly description: string;
    readonly placement: 'node' | 'shared';
    readonly bindingMode: 'WaitForFirstConsumer' | 'Immediate';
    readonly isDefault: boolean;
  },
): Manifest {
  return {
    path: `/apis/storage.k8s.io/v1/storageclasses/${name}`,
    object: {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: {
        name,
        annotations: {
          'local-cluster.stateful/description': options.description,
          'storageclass.kubernetes.io/is-default-class': String(options.isDefault),
        },
      },
      provisioner: volumeProvisionerName,
      parameters: { placement: options.placement },
      reclaimPolicy: 'Delete',
      volumeBindingMode: options.bindingMode,
    },
  };
}
