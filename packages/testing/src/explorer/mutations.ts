import { copyJson, isFields, type Fields } from '../api-server/json.ts';

/** A schema as a CRD has it, as far as mutations look at it. */
export interface MutableSchema {
  type?: string;
  properties?: Record<string, MutableSchema>;
  items?: MutableSchema;
  additionalProperties?: MutableSchema | boolean;
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  format?: string;
  default?: unknown;
  'x-kubernetes-int-or-string'?: boolean;
}

/** One change of a spec. */
export interface Mutation {
  readonly path: readonly (string | number)[];
  /** For people: `replicas: 2 becomes 3`. */
  readonly text: string;
  /** The spec with it; the given one stays as it is. */
  apply(spec: Fields): Fields;
}

export const pathText = (path: readonly (string | number)[]): string => path.join('.');

/** Every change that the schema suggests: within its bounds, at them, and beyond; of another type; gone. */
export function mutationsOf(schema: MutableSchema, spec: Fields): Mutation[] {
  return walk(schema, spec, []);
}

const absent = Symbol('absent');

function walk(schema: MutableSchema, value: unknown, path: readonly (string | number)[]): Mutation[] {
  const own = path.length === 0 ? [] : valuesOf(schema, value).map((next) => change(path, value, next));
  const properties = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    // Fields of a block that is not there are reached by making the block.
    value !== undefined && !isFields(value) ? [] : walk(child, value?.[name], [...path, name]),
  );
  const items =
    schema.items && Array.isArray(value)
      ? value.flatMap((item: unknown, index) => walk(schema.items!, item, [...path, index]))
      : [];
  return [...own, ...properties, ...items];
}

/** What to put in the place of a value. */
function valuesOf(schema: MutableSchema, value: unknown): unknown[] {
  const values = [absent, ...ofType(schema, value), ofAnotherType(schema)];
  const now = JSON.stringify(value);
  return values.filter((next) => (next === absent ? value !== undefined : JSON.stringify(next) !== now));
}

function ofType(schema: MutableSchema, value: unknown): unknown[] {
  if (schema.enum) return [...schema.enum, 'not-one-of-them'];
  switch (schema.type) {
    case 'boolean':
      return [true, false];
    case 'integer':
    case 'number': {
      const { minimum = 0, maximum = 1_000 } = schema;
      const now = typeof value === 'number' ? value : minimum;
      return [now + 1, now - 1, minimum, maximum, minimum - 1, maximum + 1];
    }
    case 'string':
      return [
        '',
        'a',
        'x'.repeat((schema.maxLength ?? 300) + 1),
        `${typeof value === 'string' ? value : 'v'}x`,
      ];
    case 'array': {
      const list: unknown[] = Array.isArray(value) ? value : [];
      return [[], list.slice(1), [...list, ...list.slice(0, 1)]];
    }
    case 'object':
      return schema.additionalProperties
        ? [{}, { key: 'value' }, { ...(isFields(value) ? value : {}), 'another.key': 'x' }]
        : [{}];
    default:
      return [0, '0'];
  }
}

const ofAnotherType = ({ type }: MutableSchema): unknown => (type === 'string' ? 7 : 'a text');

function change(path: readonly (string | number)[], from: unknown, to: unknown): Mutation {
  return {
    path,
    text: `${pathText(path)}: ${brief(from)} becomes ${to === absent ? 'absent' : brief(to)}`,
    apply(spec) {
      const copy = copyJson(spec);
      let at: Record<string | number, unknown> = copy;
      for (const name of path.slice(0, -1)) {
        at[name] ??= {};
        at = at[name] as Record<string | number, unknown>;
      }
      const last = path.at(-1)!;
      if (to !== absent) at[last] = to;
      else if (Array.isArray(at)) at.splice(Number(last), 1);
      else delete at[last];
      return copy;
    },
  };
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'absent';
  return text.length > 40 ? `${text.slice(0, 37)}... (${text.length} characters)` : text;
}
