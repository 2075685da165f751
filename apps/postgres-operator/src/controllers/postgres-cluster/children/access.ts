import { child, resources, type DesiredChild, type Role } from '@stateful/reconcile-sdk';
import { metadataOf, type Shape } from './shape.ts';

export type PolicyRule = NonNullable<Role['rules']>[number];

/** A ServiceAccount, a Role and the binding between them, all of one name. */
export function access(shape: Shape, name: string, rules: PolicyRule[]): DesiredChild[] {
  const metadata = metadataOf(shape, name);
  return [
    child(resources.serviceAccounts, { metadata, automountServiceAccountToken: false }),
    child(resources.roles, { metadata, rules }),
    child(resources.roleBindings, {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: shape.namespace }],
    }),
  ];
}
