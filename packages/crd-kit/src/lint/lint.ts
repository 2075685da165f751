import { customResourceDefinition, type Kind } from '../custom-resource-definition.ts';
import { withoutExceptions, type Problem } from './problem.ts';
import { lintRules } from './rules.ts';

/** What of a kind is against the conventions and not excepted. */
export function lintKind(kind: Kind): Problem[] {
  const crd = customResourceDefinition(kind);
  const problems = crd.spec.versions.flatMap((version) =>
    lintRules.flatMap(({ name, check }) =>
      [...check(version, crd)].map((finding) => ({ rule: name, version: version.name, ...finding })),
    ),
  );
  return withoutExceptions(problems, kind.exceptions);
}
