import { isFields, type Stored } from '../json.ts';
import { objectKey } from '../server-state.ts';
import { type RevisionStore } from '../store/revision-store.ts';
import { type PolicyRule } from './policy-rule.ts';
import { accountOf, type User } from './user.ts';

/** Whom a binding names. */
export interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

/** A role as a binding gives it to somebody. */
export interface Held {
  rules: readonly PolicyRule[];
  /** Which binding gives it, for people. */
  why: string;
}

/** All that somebody holds in a namespace or, without one, in the whole cluster. */
export interface Holdings {
  held: Held[];
  /** Roles that bindings refer to and that are not there. */
  problems: string[];
}

export const rbacGroup = 'rbac.authorization.k8s.io';
const of = (plural: string): string => `${plural}.${rbacGroup}`;

export const rulesOf = (role: Stored | undefined): readonly PolicyRule[] =>
  (role?.['rules'] as PolicyRule[] | undefined | null) ?? [];

/** The role that a binding refers to. */
export function roleOf(
  store: RevisionStore,
  binding: Stored,
  namespace: string | undefined,
): Stored | undefined {
  const { kind, name } = (isFields(binding['roleRef']) ? binding['roleRef'] : {}) as {
    kind?: string;
    name?: string;
  };
  return kind === 'ClusterRole'
    ? store.get(of('clusterroles'), objectKey(undefined, name ?? ''))
    : store.get(of('roles'), objectKey(namespace, name ?? ''));
}

/** Finds what users hold. Bindings are read when they have changed, not at each question. */
export function createRoleFinder(store: RevisionStore) {
  let bindings: { cluster: readonly Stored[]; of: Map<string, Stored[]> } | undefined;
  store.onChange(({ of: kind }) => {
    if (kind.endsWith(rbacGroup)) bindings = undefined;
  });
  function current(): NonNullable<typeof bindings> {
    if (bindings) return bindings;
    const byNamespace = new Map<string, Stored[]>();
    for (const binding of store.list(of('rolebindings')) ?? []) {
      const namespace = binding.metadata.namespace ?? '';
      byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), binding]);
    }
    return (bindings = { cluster: store.list(of('clusterrolebindings')) ?? [], of: byNamespace });
  }

  return function holdingsOf(user: User, namespace: string | undefined): Holdings {
    const { cluster, of: byNamespace } = current();
    const holdings: Holdings = { held: [], problems: [] };
    const local = namespace === undefined ? [] : (byNamespace.get(namespace) ?? []);
    for (const [list, kind] of [
      [cluster, 'ClusterRoleBinding'],
      [local, 'RoleBinding'],
    ] as const) {
      for (const binding of list) {
        const where = kind === 'RoleBinding' ? namespace : undefined;
        const subject = subjectsOf(binding).find((each) => isSubject(each, user, where));
        if (!subject) continue;
        const ref = binding['roleRef'] as { kind: string; name: string };
        const role = roleOf(store, binding, where);
        if (!role) {
          holdings.problems.push(`${ref.kind.toLowerCase()}.${rbacGroup} "${ref.name}" not found`);
          continue;
        }
        const name = where === undefined ? binding.metadata.name : `${binding.metadata.name}/${where}`;
        const to =
          subject.kind === 'ServiceAccount'
            ? `${subject.name}/${subject.namespace ?? where ?? ''}`
            : subject.name;
        holdings.held.push({
          rules: rulesOf(role),
          why: `RBAC: allowed by ${kind} "${name}" of ${ref.kind} "${ref.name}" to ${subject.kind} "${to}"`,
        });
      }
    }
    return holdings;
  };
}

export const subjectsOf = (binding: Stored): readonly Subject[] =>
  (binding['subjects'] as Subject[] | undefined | null) ?? [];

/** Whether a binding's subject is this user; `where` is the namespace of the binding. */
export function isSubject(
  { kind, name, namespace }: Subject,
  user: User,
  where: string | undefined,
): boolean {
  switch (kind) {
    case 'User':
      return user.name === name;
    case 'Group':
      return user.groups.includes(name);
    case 'ServiceAccount': {
      const account = accountOf(user.name);
      return account?.name === name && account.namespace === (namespace ?? where);
    }
    default:
      return false;
  }
}
