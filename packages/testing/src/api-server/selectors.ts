import { isFields, type Stored } from './json.ts';
import { type Kind } from './kinds/kind.ts';
import { badRequest } from './status.ts';

/** Whether an object is meant. */
export type Selector = (object: Stored) => boolean;

const tokens = /\s*(\(|\)|,|!=|==|=|!|<|>|[^\s(),!=<>]+)\s*/y;

function tokensOf(text: string): string[] {
  const found: string[] = [];
  tokens.lastIndex = 0;
  while (tokens.lastIndex < text.length) {
    const match = tokens.exec(text);
    if (!match) break;
    found.push(match[1]!);
  }
  return found;
}

const operators = 'in, notin, =, ==, !=, gt, lt';
const refuse = (found: string | undefined, expected: string): Error =>
  badRequest(`unable to parse requirement: found '${found ?? ''}'${expected}`);

/** Parses `app=x,tier in (a,b),!gone`. Throws the API server's 400. */
export function labelSelector(text: string | undefined): Selector {
  if (!text?.trim()) return () => true;
  const rest = tokensOf(text);
  const requirements: ((labels: Record<string, string>) => boolean)[] = [];
  const isWord = (token: string | undefined): token is string =>
    token !== undefined && !/^[(),!=<>]/.test(token);
  function requirement(): void {
    const negated = rest[0] === '!' ? rest.shift() : undefined;
    const key = rest.shift();
    if (!isWord(key)) throw refuse(key, `, expected: !, identifier, or 'end of string'`);
    const next = rest[0];
    if (negated || next === undefined || next === ',') {
      requirements.push((labels) => (labels[key] !== undefined) !== Boolean(negated));
      return;
    }
    rest.shift();
    switch (next) {
      case '=':
      case '==':
      case '!=': {
        const value = isWord(rest[0]) ? rest.shift()! : '';
        requirements.push((labels) => (labels[key] === value) === (next !== '!='));
        return;
      }
      case '<':
      case '>': {
        const bound = Number(rest.shift());
        requirements.push((labels) => {
          const value = Number(labels[key] ?? NaN);
          return next === '<' ? value < bound : value > bound;
        });
        return;
      }
      case 'in':
      case 'notin': {
        const bracket = rest.shift();
        if (bracket !== '(') throw refuse(bracket, ` expected: '('`);
        const values = new Set<string>();
        while (rest.length > 0 && rest[0] !== ')') {
          const value = rest.shift()!;
          if (value !== ',') values.add(value);
        }
        if (rest.shift() !== ')') throw refuse('', `, expected: ',' or ')'`);
        requirements.push((labels) =>
          next === 'in'
            ? labels[key] !== undefined && values.has(labels[key])
            : labels[key] === undefined || !values.has(labels[key]),
        );
        return;
      }
      default:
        throw refuse(next, `, expected: ${operators}`);
    }
  }
  for (;;) {
    requirement();
    if (rest.length === 0) break;
    const comma = rest.shift();
    if (comma !== ',') throw refuse(comma, `, expected: ',' or 'end of string'`);
  }
  return ({ metadata }) => requirements.every((fits) => fits(metadata.labels ?? {}));
}

/** Parses `metadata.name=x,metadata.namespace!=y`. Throws the API server's 400. */
export function fieldSelector(text: string | undefined, kind: Kind): Selector {
  if (!text?.trim()) return () => true;
  const known = [
    'metadata.name',
    ...(kind.namespaced ? ['metadata.namespace'] : []),
    ...(kind.selectable ?? []),
  ];
  const terms = text.split(',').map((term) => {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(term);
    if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator = '', value = ''] = match;
    if (!known.includes(field)) {
      throw badRequest(
        `"${field}" is not a known field selector: only ${known.map((name) => `"${name}"`).join(', ')}`,
      );
    }
    const path = field.split('.');
    return (object: Stored): boolean => (valueAt(object, path) === value) === (operator !== '!=');
  });
  return (object) => terms.every((fits) => fits(object));
}

function valueAt(object: Stored, path: readonly string[]): string {
  let value: unknown = object;
  for (const name of path) value = isFields(value) ? value[name] : undefined;
  return typeof value === 'string' ? value : '';
}
