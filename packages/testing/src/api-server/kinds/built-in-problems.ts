import { equalJson, type Fields, type Stored } from '../json.ts';
import { type PolicyRule } from '../access/policy-rule.ts';
import { invalidValue, required, type StatusCause } from '../status.ts';
import { type Kind } from './kind.ts';

type Problems = NonNullable<Kind['problems']>;

/** What the API server checks of built-in kinds, by plural; far from all that it does check. */
export const builtInProblems: Readonly<Record<string, Problems>> = {
  roles: ({ rules }) => ruleProblems(rules, true),
  clusterroles: ({ rules }) => ruleProblems(rules, false),
  rolebindings: fixedRole,
  clusterrolebindings: fixedRole,
};

function ruleProblems(rules: unknown, isNamespaced: boolean): StatusCause[] {
  return ((rules ?? []) as PolicyRule[]).flatMap((rule, index) => {
    const at = `rules[${index}]`;
    const { verbs, apiGroups, resources, nonResourceURLs } = rule;
    const causes: StatusCause[] = [];
    if (!verbs?.length) causes.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
    if (nonResourceURLs?.length) {
      if (isNamespaced) {
        const why = 'namespaced rules cannot apply to non-resource URLs';
        causes.push(invalidValue(`${at}.nonResourceURLs`, nonResourceURLs, why));
      }
      return causes;
    }
    if (!apiGroups?.length)
      causes.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
    if (!resources?.length)
      causes.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
    return causes;
  });
}

/** What a binding refers to never changes. */
function fixedRole(binding: Stored, before: Stored | undefined): StatusCause[] {
  if (!before || equalJson(before['roleRef'], binding['roleRef'])) return [];
  const { apiGroup = '', kind = '', name = '' } = binding['roleRef'] as Fields;
  const shown = { APIGroup: apiGroup, Kind: kind, Name: name };
  return [invalidValue('roleRef', shown, 'cannot change roleRef')];
}
