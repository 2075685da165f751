import { type Environment } from '@marcbachmann/cel-js';
import { equalJson } from '../json.ts';

/** The library of set operations: `sets.contains(a, b)` is a call on it. */
class SetLibrary {}

const isBefore = (a: unknown, b: unknown): boolean => (a as bigint) < (b as bigint);
const has = (list: readonly unknown[], value: unknown): boolean =>
  list.some((each) => each === value || equalJson(each, value));

/** `sum`, `isSorted`, `indexOf` and their kin of the Kubernetes CEL libraries, and CEL's own `sets`. */
export function registerListFunctions(env: Environment): void {
  env.registerFunction('list.isSorted(): bool', (list: unknown[]) =>
    list.every((value, index) => index === 0 || !isBefore(value, list[index - 1])),
  );
  env.registerFunction('list.sum(): dyn', (list: unknown[]) =>
    list.length === 0 ? 0n : list.reduce((sum, value) => (sum as number) + (value as number)),
  );
  env.registerFunction('list.min(): dyn', (list: unknown[]) =>
    some(list, 'min').reduce((least, value) => (isBefore(value, least) ? value : least)),
  );
  env.registerFunction('list.max(): dyn', (list: unknown[]) =>
    some(list, 'max').reduce((most, value) => (isBefore(most, value) ? value : most)),
  );
  env.registerFunction('list.indexOf(dyn): int', (list: unknown[], value: unknown) =>
    BigInt(list.findIndex((each) => has([each], value))),
  );
  env.registerFunction('list.lastIndexOf(dyn): int', (list: unknown[], value: unknown) =>
    BigInt(list.findLastIndex((each) => has([each], value))),
  );
  env.registerType('cel.SetLibrary', SetLibrary);
  env.registerConstant('sets', 'cel.SetLibrary', new SetLibrary());
  const holds = (all: unknown[], some_: unknown[]): boolean => some_.every((value) => has(all, value));
  const set = (name: string, test: (a: unknown[], b: unknown[]) => boolean): void =>
    void env.registerFunction(
      `cel.SetLibrary.${name}(list, list): bool`,
      (_library: SetLibrary, a: unknown[], b: unknown[]) => test(a, b),
    );
  set('contains', holds);
  set('intersects', (a, b) => b.some((value) => has(a, value)));
  set('equivalent', (a, b) => holds(a, b) && holds(b, a));
}

function some(list: unknown[], what: string): unknown[] {
  if (list.length === 0) throw new Error(`${what} called on empty list`);
  return list;
}
