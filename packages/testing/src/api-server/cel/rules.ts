import { Optional } from '@marcbachmann/cel-js';
import { equalJson, isFields, type Fields } from '../json.ts';
import { type Schema, type ValidationRule } from '../schema/schema.ts';
import { type StatusCause } from '../status.ts';
import { correlated } from '../schema/correlate.ts';
import { compile, evaluationProblem, type Expression } from './environment.ts';
import { toCel } from './values.ts';

interface Rule {
  text: string;
  test: Expression;
  message: string;
  messageExpression: Expression | undefined;
  reason: NonNullable<ValidationRule['reason']>;
  fieldPath: string;
  usesOldSelf: boolean;
  isOptional: boolean;
}

/** The rules of a schema, ready to run, and whether there are any inside. */
interface Compiled {
  rules: readonly Rule[];
  /** Something in here has rules. */
  any: boolean;
  /** Something in here has rules that compare with what was before. */
  transitions: boolean;
}

const compiledOf = new WeakMap<Schema, Compiled>();

function compiledRules(schema: Schema): Compiled {
  const held = compiledOf.get(schema);
  if (held) return held;
  const rules = (schema['x-kubernetes-validations'] ?? []).map(ruleOf);
  const inside = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items ? [schema.items] : []),
    ...(isFields(schema.additionalProperties) ? [schema.additionalProperties as Schema] : []),
  ].map(compiledRules);
  const result = {
    rules,
    any: rules.length > 0 || inside.some(({ any }) => any),
    transitions: rules.some((each) => each.usesOldSelf) || inside.some(({ transitions }) => transitions),
  };
  compiledOf.set(schema, result);
  return result;
}

export const hasRules = (schema: Schema): boolean => compiledRules(schema).any;

function ruleOf(given: ValidationRule): Rule {
  const {
    rule,
    message,
    messageExpression,
    reason = 'FieldValueInvalid',
    fieldPath = '',
    optionalOldSelf,
  } = given;
  const isOptional = optionalOldSelf === true;
  return {
    text: rule,
    test: compile(rule, { optionalOldSelf: isOptional }),
    message: message ?? `failed rule: ${rule.trim()}`,
    messageExpression: messageExpression
      ? compile(messageExpression, { optionalOldSelf: isOptional })
      : undefined,
    reason,
    fieldPath,
    usesOldSelf: /\boldSelf\b/.test(rule),
    isOptional,
  };
}

/** One value, and the one that stood in its place before, if that can be told. */
interface Place {
  value: unknown;
  before: unknown;
  path: string;
  isRoot: boolean;
  /** It, or what it is in, did not change. */
  isSame: boolean;
}

/** What is wrong, and what is no more wrong than it was. */
interface Findings {
  causes: StatusCause[];
  /** Absent: what did not change is not looked at. */
  tolerated: StatusCause[] | undefined;
}

/**
 * What the rules of a schema say against an object, and a change of it. What did not change may stay wrong, but for
 * rules that look at the change; where `tolerated` is given, it is told there.
 */
export function ruleProblems(
  value: unknown,
  before: unknown,
  schema: Schema,
  tolerated?: StatusCause[],
): StatusCause[] {
  if (!hasRules(schema)) return [];
  const findings: Findings = { causes: [], tolerated };
  check({ value, before, path: '', isRoot: true, isSame: false }, schema, findings);
  return findings.causes;
}

function check(place: Place, schema: Schema, findings: Findings): void {
  const { any, transitions, rules } = compiledRules(schema);
  const { value, before, path } = place;
  if (!any || value === undefined || value === null) return;
  const isSame = place.isSame || (before !== undefined && equalJson(value, before));
  if (isSame && !transitions && !findings.tolerated) return;
  if (rules.length > 0) runRules({ ...place, isSame }, schema, rules, findings);
  for (const { step, schema: inside, ...child } of correlated(value, before, schema)) {
    const at = `${path}${path === '' ? step.replace(/^\./, '') : step}`;
    check({ ...child, path: at, isRoot: false, isSame }, inside, findings);
  }
}

function runRules(
  { value, before, path, isRoot, isSame }: Place,
  schema: Schema,
  rules: readonly Rule[],
  { causes, tolerated }: Findings,
): void {
  let variables: { self: unknown; oldSelf?: unknown } | undefined;
  for (const rule of rules) {
    const isTolerated = isSame && !rule.usesOldSelf;
    if (rule.usesOldSelf ? before === undefined && !rule.isOptional : isTolerated && !tolerated) continue;
    variables ??= {
      self: toCel(value, schema, isRoot),
      ...(before === undefined ? {} : { oldSelf: toCel(before, schema, isRoot) }),
    };
    const given = rule.isOptional
      ? { ...variables, oldSelf: before === undefined ? Optional.none() : Optional.of(variables.oldSelf) }
      : variables;
    const cause = outcome(rule, given, value, path);
    if (cause) (isTolerated ? tolerated! : causes).push(cause);
  }
}

function outcome(rule: Rule, variables: Fields, value: unknown, path: string): StatusCause | undefined {
  try {
    if (rule.test(variables) === true) return undefined;
  } catch (error) {
    const why = `${evaluationProblem(error)} evaluating rule: ${rule.message.replace(/^failed rule: /, '')}`;
    return {
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(typeName(value))}: ${why}`,
      field: path === '' ? '<nil>' : path,
    };
  }
  const field = `${path}${path === '' ? rule.fieldPath.replace(/^\./, '') : rule.fieldPath}`;
  return failure(rule, messageOf(rule, variables), value, field === '' ? '<nil>' : field);
}

function failure({ reason }: Rule, message: string, value: unknown, field: string): StatusCause {
  switch (reason) {
    case 'FieldValueRequired':
      return { reason, message: `Required value: ${message}`, field };
    case 'FieldValueForbidden':
      return { reason, message: `Forbidden: ${message}`, field };
    case 'FieldValueDuplicate':
      return { reason, message: `Duplicate value${shown(value, '')}`, field };
    case 'FieldValueInvalid':
      return { reason, message: `Invalid value${shown(value, message)}`, field };
  }
}

/** Objects and lists are not repeated in messages. */
const shown = (value: unknown, message: string): string => {
  const scalar = typeof value === 'object' ? '' : `: ${JSON.stringify(value)}`;
  return `${scalar}${message ? `: ${message}` : ''}`;
};

/** The message that an expression makes; where it fails, or makes nothing of use, the fixed one. */
function messageOf({ message, messageExpression }: Rule, variables: Fields): string {
  if (!messageExpression) return message;
  try {
    const made = messageExpression(variables);
    return typeof made === 'string' && made.trim() !== '' && !made.includes('\n') ? made : message;
  } catch {
    return message;
  }
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
