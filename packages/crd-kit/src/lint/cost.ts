import { walk, type StructuralSchema, type ValidationRule } from '../schema/structural-schema.ts';

/** Limits of the API server (apiextensions validation): for one rule, and for all of one CRD version. */
export const costLimits = { rule: 10_000_000, version: 100_000_000 } as const;

/** Elements that the server assumes where no bound is said: what fits into the largest request. */
const unbounded = 3 * 1024 * 1024;

export interface RuleCost {
  readonly path: string;
  readonly rule: ValidationRule;
  /** In the API server's units; errs upwards. */
  readonly cost: number;
}

/**
 * What every rule costs at most: how often it runs (bounds of the lists and maps around it) times what it may look at
 * (elements for a macro, characters for a function of texts). Coarser than the server's own estimate and meant to be
 * above it; the server has the last word when the CRD is installed.
 */
export function ruleCosts(root: StructuralSchema): RuleCost[] {
  return [...walk(root, '')].flatMap(({ path, schema }) =>
    (schema['x-kubernetes-validations'] ?? []).map((rule) => ({
      path: path.slice(1),
      rule,
      cost: timesRun(root, path) * costOfOne(rule.rule, schema),
    })),
  );
}

function timesRun(root: StructuralSchema, path: string): number {
  let times = 1;
  for (const { path: at, schema } of walk(root, '')) {
    if (schema.items && path.startsWith(`${at}[]`)) times *= schema.maxItems ?? unbounded;
    if (schema.additionalProperties && path.startsWith(`${at}.*`)) times *= schema.maxProperties ?? unbounded;
  }
  return times;
}

const macros = /\.(all|exists|exists_one|filter|map)\(/g;
const textFunctions =
  /\.(matches|contains|startsWith|endsWith|split|replace|substring|find|indexOf|lowerAscii)\(|[^!<>=]==?[^=]/g;

function costOfOne(rule: string, schema: StructuralSchema): number {
  const nodes = [...walk(schema, '')].map((node) => node.schema);
  const most = (sizes: number[]): number => Math.max(1, ...sizes);
  const elements = most(
    nodes.flatMap((node) => [
      ...(node.items ? [node.maxItems ?? unbounded] : []),
      ...(node.additionalProperties ? [node.maxProperties ?? unbounded] : []),
    ]),
  );
  const characters = most(
    nodes.flatMap((node) =>
      node.type === 'string' && !node.enum && node.format !== 'date-time'
        ? [node.maxLength ?? unbounded]
        : [],
    ),
  );
  const loops = [...rule.matchAll(macros)].length;
  const texts = [...rule.matchAll(textFunctions)].length;
  // 0.1 a character is the server's; a pattern multiplies it by a quarter of its length.
  const pattern = Math.max(
    1,
    ...[...rule.matchAll(/'([^']*)'/g)].map((found) => (found[1] ?? '').length / 4),
  );
  const words = rule.split(/\W+/).length;
  return Math.ceil(elements ** Math.min(loops, 3) * (words + texts * characters * 0.1 * pattern));
}
