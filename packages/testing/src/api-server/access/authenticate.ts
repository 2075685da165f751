import { type ApiRequest, type Impersonated } from '../exchange.ts';
import { type ServerState } from '../server-state.ts';
import { ApiFailure } from '../status.ts';
import { accountGroups, accountOf, administrator, authenticated, type User } from './user.ts';

const anonymous = 'system:anonymous';

/** Who asks, and as whom. Throws the 401 of an unknown token, and the 403 of who may not act as another. */
export function authenticate(state: ServerState, request: ApiRequest): User {
  const user = identify(state, request);
  return request.impersonate === undefined ? user : impersonated(state, user, request.impersonate);
}

function identify(state: ServerState, { user, groups = [], token }: ApiRequest): User {
  if (token !== undefined) {
    const found = state.users.get(token) ?? state.tokens.userOf(state, token);
    if (!found) throw new ApiFailure(401, 'Unauthorized', 'Unauthorized');
    return found;
  }
  return user === undefined ? administrator : named(user, groups);
}

/** A user with the groups that his name brings along. */
export function named(name: string, groups: readonly string[] = []): User {
  const account = accountOf(name);
  const own = account && groups.length === 0 ? accountGroups(account.namespace) : groups;
  const rest = name === anonymous ? 'system:unauthenticated' : authenticated;
  return { name, groups: own.includes(rest) ? own : [...own, rest] };
}

function impersonated({ authorizer }: ServerState, by: User, { user, groups = [], uid }: Impersonated): User {
  const account = accountOf(user);
  const verb = 'impersonate';
  authorizer.check(
    by,
    account
      ? { verb, group: '', resource: 'serviceaccounts', ...account }
      : { verb, group: '', resource: 'users', name: user },
  );
  for (const name of groups) authorizer.check(by, { verb, group: '', resource: 'groups', name });
  if (uid) authorizer.check(by, { verb, group: 'authentication.k8s.io', resource: 'uids', name: uid });
  return { ...named(user, groups), ...(uid ? { uid } : {}) };
}
