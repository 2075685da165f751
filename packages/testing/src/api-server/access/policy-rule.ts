import { isPath, type Attributes } from './attributes.ts';

/** One rule of a Role or a ClusterRole. */
export interface PolicyRule {
  verbs: readonly string[];
  apiGroups?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
  nonResourceURLs?: readonly string[];
}

const names = (list: readonly string[] | undefined, one: string): boolean =>
  list !== undefined && (list.includes(one) || list.includes('*'));

const namesResource = (list: readonly string[] | undefined, resource: string, sub: string | undefined) => {
  const whole = sub ? `${resource}/${sub}` : resource;
  return names(list, whole) || (sub !== undefined && sub !== '' && list?.includes(`*/${sub}`) === true);
};
const namesPath = (list: readonly string[] | undefined, path: string): boolean =>
  list?.some((each) => (each.endsWith('*') ? path.startsWith(each.slice(0, -1)) : each === path)) === true;

/** Whether a rule allows what is asked for. */
export function allows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!names(rule.verbs, attributes.verb)) return false;
  if (isPath(attributes)) return namesPath(rule.nonResourceURLs, attributes.path);
  const { group, resource, subresource, name } = attributes;
  return (
    names(rule.apiGroups, group) &&
    namesResource(rule.resources, resource, subresource) &&
    (!rule.resourceNames?.length || (name !== undefined && rule.resourceNames.includes(name)))
  );
}

/** The rules that each allow one thing: what a rule is made of. */
export function singleRules(rule: PolicyRule): PolicyRule[] {
  const resources = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((resource) =>
      rule.verbs.flatMap((verb): PolicyRule[] => {
        const one = { apiGroups: [group], resources: [resource], verbs: [verb] };
        return rule.resourceNames?.length
          ? rule.resourceNames.map((name) => ({ ...one, resourceNames: [name] }))
          : [one];
      }),
    ),
  );
  const paths = (rule.nonResourceURLs ?? []).flatMap((path) =>
    rule.verbs.map((verb) => ({ nonResourceURLs: [path], verbs: [verb] })),
  );
  return [...resources, ...paths];
}

/** Whether one who holds these rules may do all that a single rule allows. */
export function covers(held: readonly PolicyRule[], single: PolicyRule): boolean {
  const [verb = ''] = single.verbs;
  const [path] = single.nonResourceURLs ?? [];
  if (path !== undefined)
    return held.some((rule) => names(rule.verbs, verb) && namesPath(rule.nonResourceURLs, path));
  const [group = ''] = single.apiGroups ?? [];
  const [resource = '', sub] = (single.resources?.[0] ?? '').split('/');
  const [name] = single.resourceNames ?? [];
  return held.some(
    (rule) =>
      names(rule.verbs, verb) &&
      names(rule.apiGroups, group) &&
      namesResource(rule.resources, resource, sub) &&
      (!rule.resourceNames?.length || (name !== undefined && rule.resourceNames.includes(name))),
  );
}

/** Single rules for people: those of one resource together, in order. */
export function ruleTexts(singles: readonly PolicyRule[]): string[] {
  const together = new Map<string, PolicyRule>();
  for (const rule of singles) {
    const { verbs, ...rest } = rule;
    const key = JSON.stringify(rest);
    const held = together.get(key);
    together.set(key, held ? { ...held, verbs: [...held.verbs, ...verbs] } : rule);
  }
  return [...together.values()].map(ruleText).sort();
}

function ruleText({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: PolicyRule): string {
  const parts = Object.entries({
    APIGroups: apiGroups,
    Resources: resources,
    ResourceNames: resourceNames,
    NonResourceURLs: nonResourceURLs,
    Verbs: verbs,
  });
  const texts = parts.flatMap(([name, list]) =>
    list?.length ? [`${name}:[${list.map((each) => JSON.stringify(each)).join(', ')}]`] : [],
  );
  return `{${texts.join(', ')}}`;
}
