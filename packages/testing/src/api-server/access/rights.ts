import { isPath, type Attributes } from './attributes.ts';
import { allows, covers, ruleTexts, singleRules, type PolicyRule } from './policy-rule.ts';
import { type User } from './user.ts';

/** One right that somebody used, or tried to use. */
export interface UsedRight {
  attributes: Attributes;
  /** False: some call was refused for want of it. */
  allowed: boolean;
  /** How often it was asked for. */
  count: number;
}

/** Which rights each user used; administrators are not written down. */
export interface RightsRecord {
  note(user: User, attributes: Attributes, allowed: boolean): void;
  /** In the order of their first use. */
  of(user: string): readonly UsedRight[];
  users(): readonly string[];
}

export function createRightsRecord(): RightsRecord {
  const byUser = new Map<string, Map<string, UsedRight>>();
  return {
    note(user, attributes, allowed) {
      let used = byUser.get(user.name);
      if (!used) byUser.set(user.name, (used = new Map<string, UsedRight>()));
      const key = keyOf(attributes);
      const held = used.get(key);
      if (!held) used.set(key, { attributes, allowed, count: 1 });
      else {
        held.count++;
        held.allowed &&= allowed;
      }
    },
    of: (user) => [...(byUser.get(user)?.values() ?? [])],
    users: () => [...byUser.keys()],
  };
}

function keyOf(attributes: Attributes): string {
  if (isPath(attributes)) return `${attributes.verb} ${attributes.path}`;
  const { verb, group, resource, subresource = '', namespace = '', name = '' } = attributes;
  return `${verb} ${group}/${resource}/${subresource} ${namespace}/${name}`;
}

/** Rules, and where they count: in one namespace, or everywhere. */
export interface GrantedRules {
  rules: readonly PolicyRule[];
  namespace?: string;
}

/** How the rights that were used stand to those that are given. */
export interface RightsComparison {
  /** Used, and allowed by no rule. */
  missing: readonly Attributes[];
  /** Given, and needed by nothing that was used. */
  unused: readonly { rule: PolicyRule; namespace?: string; text: string }[];
}

/** Compares what was used with what roles give: nothing should be missing, and nothing unused. */
export function compareRights(
  used: readonly Pick<UsedRight, 'attributes'>[],
  granted: readonly GrantedRules[],
): RightsComparison {
  const asked = used.map(({ attributes }) => attributes);
  const reaches = ({ namespace }: GrantedRules, attributes: Attributes): boolean =>
    namespace === undefined || (!isPath(attributes) && attributes.namespace === namespace);
  const missing = asked.filter(
    (attributes) =>
      !granted.some(
        (each) => reaches(each, attributes) && each.rules.some((rule) => allows(rule, attributes)),
      ),
  );
  const unused = granted.flatMap((each) => {
    const singles = each.rules
      .flatMap(singleRules)
      .filter((rule) => !asked.some((attributes) => reaches(each, attributes) && allows(rule, attributes)));
    return singles.map((rule) => ({
      rule,
      text: ruleTexts([rule])[0]!,
      ...(each.namespace === undefined ? {} : { namespace: each.namespace }),
    }));
  });
  return { missing, unused };
}

/** The fewest rules that allow all that was used: a first draft of a role. Names are left out. */
export function rulesFor(used: readonly Pick<UsedRight, 'attributes'>[]): PolicyRule[] {
  const rules: PolicyRule[] = [];
  for (const { attributes } of used) {
    const rule: PolicyRule = isPath(attributes)
      ? { verbs: [attributes.verb], nonResourceURLs: [attributes.path] }
      : {
          verbs: [attributes.verb],
          apiGroups: [attributes.group],
          resources: [
            attributes.subresource ? `${attributes.resource}/${attributes.subresource}` : attributes.resource,
          ],
        };
    if (covers(rules, rule)) continue;
    const key = whatOf(rule);
    const at = rules.findIndex((each) => whatOf(each) === key);
    if (at < 0) rules.push(rule);
    else rules[at] = { ...rules[at]!, verbs: [...rules[at]!.verbs, ...rule.verbs].sort() };
  }
  return rules;
}

const whatOf = ({ apiGroups, resources, nonResourceURLs }: PolicyRule): string =>
  JSON.stringify([apiGroups, resources, nonResourceURLs]);
