import type { V1PolicyRule } from '@kubernetes/client-node';
import { type Json, type Resource } from '../client/index.ts';

/** One rule of a Role or ClusterRole, as it travels. */
export type PolicyRule = Json<V1PolicyRule>;

/** Verbs in the order in which people read them. */
const order = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** Verbs on a kind, or on one of its sub-resources; `names` narrows them to objects of these names. */
export function ruleOn(
  { group, plural }: Pick<Resource, 'group' | 'plural'>,
  verbs: readonly string[],
  { subresource, names }: { subresource?: string; names?: readonly string[] } = {},
): PolicyRule {
  return {
    apiGroups: [group],
    resources: [subresource === undefined ? plural : `${plural}/${subresource}`],
    ...(names ? { resourceNames: [...names] } : {}),
    verbs: [...verbs],
  };
}

/** The same rights in as few rules as can be read well: each resource once, where no names narrow it. */
export function mergedRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const verbsOf = new Map<string, { at: PolicyRule; verbs: Set<string> }>();
  for (const { apiGroups = [], resources = [], resourceNames = [], verbs } of rules) {
    for (const group of apiGroups) {
      for (const resource of resources) {
        const at: PolicyRule = {
          apiGroups: [group],
          resources: [resource],
          ...(resourceNames.length > 0 ? { resourceNames } : {}),
          verbs: [],
        };
        const key = JSON.stringify(at);
        const held = verbsOf.get(key) ?? { at, verbs: new Set<string>() };
        verbs.forEach((verb) => held.verbs.add(verb));
        verbsOf.set(key, held);
      }
    }
  }
  const merged = new Map<string, PolicyRule>();
  for (const { at, verbs } of verbsOf.values()) {
    const known = order.filter((verb) => verbs.has(verb));
    const words = [...known, ...[...verbs].filter((verb) => !order.includes(verb)).sort()];
    const key = JSON.stringify([at.apiGroups, at.resourceNames, words]);
    const same = merged.get(key);
    if (same) same.resources?.push(...(at.resources ?? []));
    else merged.set(key, { ...at, verbs: words });
  }
  return [...merged.values()];
}

/**
 * What is left of `rules` where they are granted in a role that cannot know names: the same rights without them. To
 * hand out a right one must hold it, or hold `escalate`, with which one could give oneself anything.
 */
export const withoutNames = (rules: readonly PolicyRule[]): PolicyRule[] =>
  rules.map(({ resourceNames: _names, ...rest }) => rest);
