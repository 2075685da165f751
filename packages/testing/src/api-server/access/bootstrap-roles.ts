import { timeText } from '../metadata.ts';
import { objectKey } from '../server-state.ts';
import { type RevisionStore } from '../store/revision-store.ts';
import { type PolicyRule } from './policy-rule.ts';
import { rbacGroup } from './roles.ts';

const urls = (...nonResourceURLs: string[]): PolicyRule => ({ nonResourceURLs, verbs: ['get'] });

/** Roles that every cluster has from the start, and the groups that hold them. */
const roles: Readonly<Record<string, { rules: readonly PolicyRule[]; groups: readonly string[] }>> = {
  'cluster-admin': {
    rules: [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ],
    groups: ['system:masters'],
  },
  'system:basic-user': {
    rules: [
      {
        apiGroups: ['authorization.k8s.io'],
        resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
        verbs: ['create'],
      },
      { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
    ],
    groups: ['system:authenticated'],
  },
  'system:discovery': {
    rules: [
      urls(
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ),
    ],
    groups: ['system:authenticated'],
  },
  'system:public-info-viewer': {
    rules: [urls('/healthz', '/livez', '/readyz', '/version', '/version/')],
    groups: ['system:authenticated', 'system:unauthenticated'],
  },
};

const objects = Object.entries(roles).flatMap(([name, { rules, groups }], index) => {
  const object = (kind: string, plural: string, rest: object) => ({
    of: `${plural}.${rbacGroup}`,
    object: {
      apiVersion: `${rbacGroup}/v1`,
      kind,
      metadata: {
        name,
        // Always the same, so that no chance is used up for what no test asks about.
        uid: `00000000-0000-4000-8000-${plural.length}${index.toString().padStart(10, '0')}`,
        resourceVersion: '',
        creationTimestamp: '',
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
        annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
      },
      ...rest,
    },
  });
  const subjects = groups.map((group) => ({ apiGroup: rbacGroup, kind: 'Group', name: group }));
  const roleRef = { apiGroup: rbacGroup, kind: 'ClusterRole', name };
  return [
    object('ClusterRole', 'clusterroles', { rules }),
    object('ClusterRoleBinding', 'clusterrolebindings', { roleRef, subjects }),
  ];
});

/** Stores them, as the API server does when it starts; `now` is in milliseconds. */
export function storeBootstrapRoles(store: RevisionStore, now: number): void {
  const creationTimestamp = timeText(now);
  for (const { of, object } of objects) {
    const metadata = { ...object.metadata, creationTimestamp };
    store.put(of, objectKey(undefined, metadata.name), { ...object, metadata });
  }
}
