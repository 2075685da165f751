import { isDeepStrictEqual } from 'node:util';
import { postgresClusterSpecSchema, type PostgresClusterSpec } from '@stateful/postgres-api';
import { type Change, type LiveFacts, type Problem, type Rule } from './rule.ts';

/** What is judged, and by which rules. */
export interface Case {
  readonly rules: readonly Rule[];
  readonly change: Change;
  readonly facts: LiveFacts;
  /** Says how to go on without facts that cannot be had; undefined when it was said: then their rules are left out. */
  readonly withoutFacts: string | undefined;
}

/** Everything that is wrong, of all changes together and in the order of the rules. Pure. */
export function judge({ rules, change, facts, withoutFacts }: Case): Problem[] {
  return rules
    .filter((rule) => concerns(rule, change))
    .flatMap((rule): Problem[] => {
      const problem = ({ field = rule.field, message }: { field?: string; message: string }): Problem => ({
        rule: rule.name,
        field,
        message,
      });
      if (rule.needs !== 'live') return rule.check(change).map(problem);
      if (facts.kind === 'known') return rule.check(change, facts.live).map(problem);
      return withoutFacts === undefined
        ? []
        : [problem({ message: `cannot be checked, because ${facts.why}: ${withoutFacts}` })];
    });
}

/** Whether any rule would look at what exists, so that it has to be read. */
export const needsLive = (rules: readonly Rule[], change: Change): boolean =>
  rules.some((rule) => rule.needs === 'live' && concerns(rule, change));

function concerns({ field, alsoFields = [] }: Rule, { spec, before }: Change): boolean {
  if (before === undefined) return true;
  return [field, ...alsoFields].some((path) => !isDeepStrictEqual(at(spec, path), at(before, path)));
}

/** The value at a path such as `spec.storage.size`. Names of objects never change, so other paths have none. */
function at(spec: PostgresClusterSpec, path: string): unknown {
  const [root, ...parts] = path.split('.');
  if (root !== 'spec') return undefined;
  return parts.reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], spec);
}

/** A spec as code works with it, defaults filled in, or where it is not one. Never throws. */
export function decodeSpec(
  input: unknown,
): { spec: PostgresClusterSpec; problems: [] } | { spec: undefined; problems: Problem[] } {
  const parsed = postgresClusterSpecSchema.safeParse(input, { reportInput: true });
  if (parsed.success) return { spec: parsed.data, problems: [] };
  return {
    spec: undefined,
    problems: parsed.error.issues.map((issue) => ({
      rule: 'schema',
      field: ['spec', ...issue.path.map(String)].join('.'),
      message: issue.input === undefined ? issue.message : `${issue.message}, not ${brief(issue.input)}`,
    })),
  };
}

const brief = (value: unknown): string => {
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
};

/** One problem for people: the field, what is so, and which rule says it. */
export const problemText = ({ rule, field, message }: Problem): string =>
  `${field}: ${message} (rule ${rule})`;
