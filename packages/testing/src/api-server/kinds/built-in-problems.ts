import { compile } from '../cel/environment.ts';
import { equalJson, isFields, type Fields, type Stored } from '../json.ts';
import { type Schema } from '../schema/schema.ts';
import { type PolicyRule } from '../access/policy-rule.ts';
import { invalidValue, required, type StatusCause } from '../status.ts';
import { type Kind } from './kind.ts';

type Problems = NonNullable<Kind['problems']>;

/** What the API server checks of built-in kinds, by plural; far from all that it does check. */
export const builtInProblems: Readonly<Record<string, Problems>> = {
  roles: ({ rules }) => ruleProblems(rules, true),
  clusterroles: ({ rules }) => ruleProblems(rules, false),
  customresourcedefinitions: definitionProblems,
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

interface CheckedDefinition {
  versions?: { name: string; schema?: { openAPIV3Schema?: Schema } }[];
}

/** Versions that may still be stored have to stay, and rules have to be CEL. */
function definitionProblems({ spec, status }: Stored, before: Stored | undefined): StatusCause[] {
  const { versions = [] } = (spec ?? {}) as CheckedDefinition;
  const { storedVersions = [] } = (status ?? {}) as { storedVersions?: string[] };
  const lost = before
    ? storedVersions.filter((name) => !versions.some((version) => version.name === name))
    : [];
  return [
    ...versions.flatMap(({ schema }, index) => {
      // A schema that all versions share is told of as if it stood beside them.
      const at = versions.length === 1 ? 'spec.validation' : `spec.versions[${index}].schema`;
      return brokenRules(schema?.openAPIV3Schema ?? {}, `${at}.openAPIV3Schema`);
    }),
    ...lost.map((name) =>
      invalidValue(
        `status.storedVersions[${storedVersions.indexOf(name)}]`,
        name,
        `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
      ),
    ),
  ];
}

/** Rules that are no CEL. The real server also finds out types that do not fit; its words are those of its parser. */
function brokenRules(schema: Schema, path: string): StatusCause[] {
  const own = (schema['x-kubernetes-validations'] ?? []).flatMap(({ rule }, index) => {
    try {
      compile(rule);
      return [];
    } catch (error) {
      const why = `compilation failed: ${(error as Error).message}`;
      return [invalidValue(`${path}.x-kubernetes-validations[${index}].rule`, rule, why)];
    }
  });
  const { properties = {}, items, additionalProperties } = schema;
  return [
    ...own,
    ...Object.entries(properties).flatMap(([name, child]) =>
      brokenRules(child, `${path}.properties[${name}]`),
    ),
    ...(items ? brokenRules(items, `${path}.items`) : []),
    ...(isFields(additionalProperties)
      ? brokenRules(additionalProperties, `${path}.additionalProperties`)
      : []),
  ];
}
