import { isFields } from '../json.ts';

/** One step of a path: a field, every element, one element, or those that a filter lets through. */
type Step =
  | { is: 'field'; name: string }
  | { is: 'all' }
  | { is: 'index'; index: number }
  | { is: 'filter'; path: readonly Step[]; value: unknown };

const step =
  /\.?([^.[\]()?@'"]+)|\[\s*(\*)\s*\]|\[\s*(-?\d+)\s*\]|\['([^']*)'\]|\[\?\(\s*@([^=<>!)]*?)\s*==\s*("[^"]*"|'[^']*'|[^)\s]+)\s*\)\]/gy;

/**
 * What CRDs write as `jsonPath`: fields (also `['with.dots']`, and `\.` in a name), `[0]`, `[*]` and
 * `[?(@.type=="Ready")]`. Gives a function from an object to all that it finds; an unknown form finds nothing.
 */
export function jsonPath(text: string): (object: unknown) => unknown[] {
  const steps = parse(text.replace(/^\$?/, ''));
  return (object) => (steps === undefined ? [] : find(object, steps));
}

function parse(text: string): Step[] | undefined {
  // An escaped dot is part of a name.
  const hidden = text.replaceAll('\\.', '\u0000');
  const matches = [...hidden.matchAll(step)];
  if (matches.reduce((length, [match]) => length + match.length, 0) !== hidden.length) return undefined;
  return matches.map(([, name, every, index, quoted, path, value]): Step => {
    if (every !== undefined || name === '*') return { is: 'all' };
    if (index !== undefined) return { is: 'index', index: Number(index) };
    if (path !== undefined) return { is: 'filter', path: parse(path) ?? [], value: literal(value!) };
    return { is: 'field', name: (name ?? quoted ?? '').replaceAll('\u0000', '.') };
  });
}

function literal(text: string): unknown {
  if (/^(["']).*\1$/.test(text)) return text.slice(1, -1);
  return text === 'true' ? true : text === 'false' ? false : Number(text);
}

function find(value: unknown, [first, ...rest]: readonly Step[]): unknown[] {
  if (first === undefined) return value === undefined || value === null ? [] : [value];
  switch (first.is) {
    case 'field':
      return isFields(value) ? find(value[first.name], rest) : [];
    case 'index':
      return Array.isArray(value) ? find(value.at(first.index), rest) : [];
    case 'all': {
      const children: unknown[] = Array.isArray(value) ? value : isFields(value) ? Object.values(value) : [];
      return children.flatMap((child) => find(child, rest));
    }
    case 'filter':
      return Array.isArray(value)
        ? value
            .filter((child) => find(child, first.path).some((found) => found === first.value))
            .flatMap((child) => find(child, rest))
        : [];
  }
}
