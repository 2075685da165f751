import { maxNameLength, namePattern } from '@stateful/postgres-api';
import { type Rule, refuse } from '../rule.ts';

/** Names of children are made from the cluster's. The CRD says the same. */
export const nameRules: readonly Rule[] = [
  {
    name: 'name-is-short',
    field: 'metadata.name',
    check: ({ name }) =>
      refuse(
        name.length > maxNameLength,
        () => `must not be longer than ${maxNameLength} characters, "${name}" has ${name.length}`,
      ),
  },
  {
    name: 'name-is-a-label',
    field: 'metadata.name',
    check: ({ name }) =>
      refuse(
        !namePattern.test(name),
        () => `must be of lower-case letters, digits and "-", and begin with a letter, not "${name}"`,
      ),
  },
];
