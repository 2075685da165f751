import { equalJson, type Stored } from '../json.ts';
import { type Kind } from '../kinds/kind.ts';
import { type ServerState } from '../server-state.ts';
import { notFound } from '../status.ts';
import { forbiddenBecause } from './authorizer.ts';
import { covers, ruleTexts, singleRules, type PolicyRule } from './policy-rule.ts';
import { rbacGroup, roleOf, rulesOf } from './roles.ts';
import { isAdministrator, type User } from './user.ts';

/** Nobody gives away rights that he does not hold, unless he may `escalate` or `bind`. Throws the 403. */
export function checkGrant(
  state: ServerState,
  kind: Kind,
  before: Stored | undefined,
  after: Stored,
  user: User | undefined,
): void {
  if (kind.group !== rbacGroup || user === undefined || isAdministrator(user)) return;
  const { namespace, name } = after.metadata;
  const named = { group: rbacGroup, resource: kind.plural };
  if (kind.plural === 'roles' || kind.plural === 'clusterroles') {
    if (before && equalJson(before['rules'], after['rules'])) return;
    if (may(state, user, 'escalate', kind.plural, namespace, name)) return;
    refuseMissing(state, user, namespace, rulesOf(after), named, name);
    return;
  }
  const ref = after['roleRef'] as { kind: string; name: string };
  const roles = ref.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (before && equalJson(before['roleRef'], ref) && equalJson(before['subjects'], after['subjects'])) return;
  if (may(state, user, 'bind', roles, namespace, ref.name)) return;
  const role = roleOf(state.store, after, namespace);
  if (!role) throw notFound(kind, ref.name);
  refuseMissing(state, user, namespace, rulesOf(role), named, name);
}

const may = (
  { authorizer }: ServerState,
  user: User,
  verb: string,
  resource: string,
  namespace: string | undefined,
  name: string,
): boolean =>
  authorizer.decide(user, {
    verb,
    group: rbacGroup,
    resource,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  }).allowed;

function refuseMissing(
  { authorizer }: ServerState,
  user: User,
  namespace: string | undefined,
  wanted: readonly PolicyRule[],
  named: { group: string; resource: string },
  name: string,
): void {
  const held = authorizer.rules(user, namespace);
  const missing = wanted.flatMap(singleRules).filter((rule) => !covers(held, rule));
  if (missing.length === 0) return;
  const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
  throw forbiddenBecause(
    named,
    name,
    `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${ruleTexts(missing).join('\n')}`,
  );
}
