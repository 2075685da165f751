import { Environment, EvaluationError } from '@marcbachmann/cel-js';
import { registerListFunctions } from './list-functions.ts';
import { registerNetworkFunctions } from './network-functions.ts';
import { registerNumberFunctions } from './number-functions.ts';
import { registerTextFunctions } from './text-functions.ts';

/** A compiled expression. Throws what goes wrong while it is evaluated. */
export type Expression = (variables: Readonly<Record<string, unknown>>) => unknown;

let shared: Environment | undefined;

/** CEL with the functions that Kubernetes adds; made when the first expression is. */
function environment(): Environment {
  if (shared) return shared;
  const env = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
  });
  registerTextFunctions(env);
  registerListFunctions(env);
  registerNumberFunctions(env);
  registerNetworkFunctions(env);
  return (shared = env);
}

const compiled = new Map<string, Expression>();

/**
 * Compiles an expression, each text once per process. With `optionalOldSelf` the variable `oldSelf` is an optional.
 * Throws the ParseError of what is no CEL.
 */
export function compile(text: string, { optionalOldSelf = false } = {}): Expression {
  const key = `${optionalOldSelf ? '?' : ''}${text}`;
  const held = compiled.get(key);
  if (held) return held;
  const env = optionalOldSelf
    ? environment().clone().registerVariable('oldSelf', 'optional<dyn>')
    : environment();
  const expression = env.parse(text) as Expression;
  compiled.set(key, expression);
  return expression;
}

/** What went wrong, in the words of the CEL that the API server uses. */
export function evaluationProblem(error: unknown): string {
  if (!(error instanceof EvaluationError)) return (error as Error).message.split('\n')[0]!;
  const { code, summary } = error;
  switch (code) {
    case 'no_such_key':
      return summary.replace(/^No such key/, 'no such key');
    case 'index_out_of_bounds':
      return `index out of bounds: ${/index (-?\d+)/.exec(summary)?.[1] ?? '?'}`;
    case 'no_matching_overload':
      return 'no such overload';
    default:
      return summary;
  }
}
