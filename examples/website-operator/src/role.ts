import { defineResource, type KubeObject, type Resource } from '@stateful/reconcile-sdk';

interface ClusterRole extends KubeObject {
  rules: readonly { apiGroups: string[]; resources: string[]; verbs: string[] }[];
}

export const clusterRoles: Resource<ClusterRole> = defineResource(
  'rbac.authorization.k8s.io',
  'v1',
  'ClusterRole',
  'clusterroles',
  'cluster',
);

const look = ['get', 'list', 'watch'];
const own = [...look, 'create', 'patch', 'delete'];

/** All that the operator may do. The test runs it with these rights and no others. */
export const role: ClusterRole = {
  metadata: { name: 'website-operator' },
  rules: [
    { apiGroups: ['demo.example.com'], resources: ['websites'], verbs: [...look, 'patch'] },
    { apiGroups: ['demo.example.com'], resources: ['websites/status'], verbs: ['patch'] },
    { apiGroups: [''], resources: ['configmaps', 'services'], verbs: own },
    { apiGroups: ['apps'], resources: ['deployments'], verbs: own },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
    { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
    // To see that its kind or a namespace is being uninstalled, and then to let go sooner.
    { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: ['get'] },
    { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
  ],
};
