import { managedParameterPattern, parameterNamePattern } from '@stateful/postgres-api';
import { type Refusal, type Rule } from '../rule.ts';

/** A rule that looks at each setting by itself; `what` says what is wrong with it, or nothing. */
const each = (name: string, what: (setting: string, value: string) => string | undefined): Rule => ({
  name,
  field: 'spec.parameters',
  check: ({ spec }) =>
    Object.entries(spec.parameters ?? {}).flatMap(([setting, value]): Refusal[] => {
      const message = what(setting, value);
      return message === undefined ? [] : [{ field: `spec.parameters.${setting}`, message }];
    }),
});

/** What may stand in `parameters`. */
export const parameterRules: readonly Rule[] = [
  each('parameter-name', (setting) =>
    parameterNamePattern.test(setting)
      ? undefined
      : `${JSON.stringify(setting)} is not the name of a Postgres setting: lower-case letters, digits and "_", at most one "."`,
  ),
  each('parameter-not-managed', (setting) =>
    managedParameterPattern.test(setting)
      ? `"${setting}" is managed by the operator and must not be set`
      : undefined,
  ),
  each('parameter-value', (_, value) =>
    /[\u0000-\u001f]/.test(value)
      ? `a value must not hold line breaks or control characters, ${JSON.stringify(value)} does`
      : undefined,
  ),
];
