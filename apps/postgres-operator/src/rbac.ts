import { group } from '@stateful/postgres-api';
import { backupRules } from './controllers/postgres-cluster/children/backup-access.ts';
import { instanceRules } from './controllers/postgres-cluster/children/instance-access.ts';
import { type PolicyRule } from './controllers/postgres-cluster/children/access.ts';

const rule = (apiGroup: string, kinds: string[], verbs: string[]): PolicyRule => ({
  apiGroups: [apiGroup],
  resources: kinds,
  verbs,
});

/** Children are watched, applied (a server-side apply that creates needs both words) and pruned. */
const child = ['get', 'list', 'watch', 'create', 'patch', 'delete'];
const look = ['get', 'list', 'watch'];

/** What the operator itself does in each namespace that it works in. */
const ownRules: PolicyRule[] = [
  rule(group, ['postgresclusters'], look),
  rule(group, ['postgresclusters/status'], ['patch']),
  // Owner references that block deletion, where the API server checks them.
  rule(group, ['postgresclusters/finalizers'], ['update']),
  rule('apps', ['statefulsets'], child),
  rule('', ['services', 'configmaps', 'serviceaccounts'], child),
  // Never deleted, never changed once made.
  rule('', ['secrets'], ['get', 'list', 'watch', 'create']),
  // Pods that cannot work are deleted, so that they are made anew.
  rule('', ['pods'], [...look, 'delete']),
  rule('', ['persistentvolumeclaims'], look),
  rule('policy', ['poddisruptionbudgets'], child),
  rule('rbac.authorization.k8s.io', ['roles', 'rolebindings'], child),
  rule('batch', ['cronjobs'], child),
  rule('batch', ['jobs'], look),
  rule('coordination.k8s.io', ['leases'], look),
  rule('events.k8s.io', ['events'], ['create', 'patch']),
];

/**
 * Rights in each namespace that the operator works in. It hands out Roles to instances and backups, and
 * Kubernetes lets nobody hand out what they do not hold; so it holds all of those too, rather than the rights
 * `escalate` and `bind`, with which it could give itself anything.
 */
export const operatorRules: PolicyRule[] = merged([
  ...ownRules,
  ...[...instanceRules('cluster'), ...backupRules('cluster')].map(
    ({ resourceNames: _names, ...granted }) => granted,
  ),
]);

/** Rights in the operator's own namespace: the Lease of its leader. */
export const leaderElectionRules: PolicyRule[] = [
  rule('coordination.k8s.io', ['leases'], ['get', 'create', 'update']),
];

/** One rule per set of words, with every resource once: the union, in a stable order. */
function merged(rules: readonly PolicyRule[]): PolicyRule[] {
  const verbsOf = new Map<string, Set<string>>();
  for (const { apiGroups = [], resources = [], verbs } of rules) {
    for (const apiGroup of apiGroups) {
      for (const resource of resources) {
        const key = `${apiGroup}/${resource}`;
        verbsOf.set(key, new Set([...(verbsOf.get(key) ?? []), ...verbs]));
      }
    }
  }
  const order = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
  const grouped = new Map<string, PolicyRule>();
  for (const [key, verbs] of verbsOf) {
    const slash = key.indexOf('/');
    const [apiGroup, resource] = [key.slice(0, slash), key.slice(slash + 1)];
    const words = order.filter((verb) => verbs.has(verb));
    const same = grouped.get(`${apiGroup} ${words.join()}`);
    if (same) same.resources?.push(resource);
    else grouped.set(`${apiGroup} ${words.join()}`, rule(apiGroup, [resource], words));
  }
  return [...grouped.values()];
}
