import { resources, type Resource } from '../client/index.ts';
import { type OwnedKind, type ReadKind } from '../plan/index.ts';
import { ruleOn, withoutNames, type PolicyRule } from './policy-rule.ts';

/** What of a plan its rights follow from. */
interface Declared {
  readonly resource: Resource;
  readonly owns: readonly OwnedKind[];
  readonly reads?: readonly ReadKind[];
  readonly finalizer?: unknown;
  readonly grants?: readonly PolicyRule[];
}

const look = ['get', 'list', 'watch'];

/**
 * The rights that the engine needs to run a plan, from what the plan declares: nothing else is called on its behalf.
 * They count in every namespace that the operator works in.
 */
export function planRules({ resource, owns, reads = [], finalizer, grants = [] }: Declared): PolicyRule[] {
  const holdsObjects = finalizer !== undefined || owns.some(({ elsewhere }) => elsewhere);
  return [
    ruleOn(resource, holdsObjects ? [...look, 'patch'] : look),
    ruleOn(resource, ['patch'], { subresource: 'status' }),
    // Owner references that block deletion, where the API server checks them.
    ...(owns.length > 0 ? [ruleOn(resource, ['update'], { subresource: 'finalizers' })] : []),
    // A server-side apply that makes something needs both words.
    ...owns.map(({ resource: owned, createOnly, keep }) =>
      ruleOn(owned, [...look, 'create', ...(createOnly ? [] : ['patch']), ...(keep ? [] : ['delete'])]),
    ),
    // Read live before it is deleted (R2).
    ...reads.map(({ resource: read, deletes }) =>
      deletes ? ruleOn(read, [...look, 'delete']) : ruleOn(read, ['list', 'watch']),
    ),
    ruleOn(resources.events, ['create', 'patch']),
    ...withoutNames(grants),
  ];
}

/** Rights in the operator's own namespace to elect a leader; `operator` is the manager's name. */
export const electionRules = (operator: string): PolicyRule[] => [
  // What is made has no name yet that a rule could be narrowed to.
  ruleOn(resources.leases, ['create']),
  ruleOn(resources.leases, ['get', 'update'], { names: [`${operator}-leader`] }),
];
