import { ApiFailure } from '../status.ts';
import { type RevisionStore } from '../store/revision-store.ts';
import { attributesText, isPath, type Attributes } from './attributes.ts';
import { allows, type PolicyRule } from './policy-rule.ts';
import { createRoleFinder } from './roles.ts';
import { isAdministrator, type User } from './user.ts';

/** Whether somebody may do something, and why. */
export interface Decision {
  allowed: boolean;
  reason: string;
  /** What is wrong with the roles themselves. */
  problem?: string;
}

/** Answers who may do what, by the roles and bindings in the store. */
export interface Authorizer {
  decide(user: User, attributes: Attributes): Decision;
  /** Throws the 403 of what may not be done. */
  check(user: User, attributes: Attributes): void;
  /** All rules that somebody holds in a namespace, or in the whole cluster. */
  rules(user: User, namespace: string | undefined): readonly PolicyRule[];
}

export interface AuthorizerOptions {
  store: RevisionStore;
  /** False: everything is allowed, and only told of. */
  enforce: boolean;
  /** Told of every question that a call brought up. */
  onUse?: (user: User, attributes: Attributes, allowed: boolean) => void;
}

export function createAuthorizer({ store, enforce, onUse }: AuthorizerOptions): Authorizer {
  const holdingsOf = createRoleFinder(store);
  function decide(user: User, attributes: Attributes): Decision {
    if (isAdministrator(user)) return { allowed: true, reason: '' };
    const { held, problems } = holdingsOf(user, isPath(attributes) ? undefined : attributes.namespace);
    const found = held.find(({ rules }) => rules.some((rule) => allows(rule, attributes)));
    if (found) return { allowed: true, reason: found.why };
    if (problems.length === 0) return { allowed: false, reason: '' };
    const problem = problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`;
    return { allowed: false, reason: `RBAC: ${problem}`, problem };
  }
  return {
    decide,
    check(user, attributes) {
      const { allowed, reason } = decide(user, attributes);
      onUse?.(user, attributes, allowed);
      if (!allowed && enforce) throw forbidden(user, attributes, reason);
    },
    rules: (user, namespace) => holdingsOf(user, namespace).held.flatMap(({ rules }) => rules),
  };
}

/** The 403 of a right that somebody does not have. */
export function forbidden({ name: user }: User, attributes: Attributes, reason: string): ApiFailure {
  const why = `User ${JSON.stringify(user)} cannot ${attributesText(attributes)}${reason ? `: ${reason}` : ''}`;
  if (isPath(attributes)) return new ApiFailure(403, 'Forbidden', `forbidden: ${why}`, {});
  return forbiddenBecause(attributes, attributes.name, why);
}

/** A 403 that says why in its own words. */
export function forbiddenBecause(
  { group, resource }: { group: string; resource: string },
  name: string | undefined,
  why: string,
): ApiFailure {
  const what = `${group ? `${resource}.${group}` : resource}${name ? ` ${JSON.stringify(name)}` : ''}`;
  return new ApiFailure(403, 'Forbidden', `${what} is forbidden: ${why}`, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    kind: resource,
  });
}
