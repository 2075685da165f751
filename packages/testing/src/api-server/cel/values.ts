import { compile } from './environment.ts';
import { isFields, type Fields } from '../json.ts';
import { type Schema } from '../schema/schema.ts';

/** Words that CEL keeps for itself: fields of such names are read as `__NAME__`. */
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);
const duration = compile('duration(text)');
const timestamp = compile('timestamp(text)');

/** How CEL names a declared field; undefined for one that it cannot reach. */
export function celName(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  const escaped = name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(escaped) ? escaped : undefined;
}

/** A JSON value as CEL sees it by its schema: whole numbers apart from others, times and durations read. */
export function toCel(value: unknown, schema: Schema, isRoot = false): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.map((item) => toCel(item, items)) : value.map(plain);
  }
  if (isFields(value)) return isRoot ? rootOf(value, schema) : objectOf(value, schema);
  if (typeof value === 'number') {
    const isInteger = schema.type === 'integer' || (schema.type !== 'number' && Number.isInteger(value));
    return isInteger ? BigInt(value) : value;
  }
  if (typeof value !== 'string') return value;
  switch (schema.format) {
    case 'duration':
      return duration({ text: value });
    case 'date-time':
      return timestamp({ text: value });
    case 'date':
      return timestamp({ text: `${value}T00:00:00Z` });
    default:
      return value;
  }
}

function objectOf(value: Fields, schema: Schema): Fields {
  const result: Fields = {};
  const { properties, additionalProperties } = schema;
  const more = isFields(additionalProperties) ? (additionalProperties as Schema) : undefined;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  for (const [name, child] of Object.entries(value)) {
    const declared = properties?.[name];
    if (more && !declared) result[name] = toCel(child, more);
    else if (declared) {
      const key = celName(name);
      // A null where none may be is as if nothing was said.
      if (key !== undefined) result[key] = toCel(child, declared);
    } else if (isEmbedded && ['apiVersion', 'kind', 'metadata'].includes(name)) result[name] = plain(child);
  }
  return result;
}

/** Of the metadata of an object rules see no more than its name. */
function rootOf(value: Fields, schema: Schema): Fields {
  const { name, generateName } = isFields(value['metadata']) ? value['metadata'] : {};
  return {
    ...objectOf(value, schema),
    apiVersion: value['apiVersion'],
    kind: value['kind'],
    metadata: { ...(name ? { name } : {}), ...(generateName ? { generateName } : {}) },
  };
}

/** JSON without a schema. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (isFields(value))
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, plain(child)]));
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
}
