import { builtInSchemas, type OpenApiSchema } from '../data/built-in.ts';
import { isFields, type Fields } from '../json.ts';
import { type Kind } from './kind.ts';

/** A type of the real server, as far as decoding looks at it. `any` is left as it is. */
type Type =
  | { is: 'any' }
  | { is: 'scalar'; json: 'string' | 'number' | 'boolean'; go: string }
  | { is: 'struct'; name: string; go: string; fields: Map<string, Type> }
  | { is: 'map'; go: string; values: Type }
  | { is: 'list'; go: string; items: Type };

const any: Type = { is: 'any' };
const byRef = new Map<string, Type>();
const refPrefix = '#/components/schemas/';
/** Written by the API server itself, and never read field by field. */
const untouched = new Set(['managedFields']);

function typeOf(schema: OpenApiSchema): Type {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (ref !== undefined) return typeNamed(ref.slice(refPrefix.length));
  switch (schema.type) {
    case 'string':
      return schema['format'] === undefined ? { is: 'scalar', json: 'string', go: 'string' } : any;
    case 'integer':
      return { is: 'scalar', json: 'number', go: (schema['format'] as string | undefined) ?? 'int64' };
    case 'boolean':
      return { is: 'scalar', json: 'boolean', go: 'bool' };
    case 'array': {
      const items = schema.items ? typeOf(schema.items) : any;
      return { is: 'list', items, go: `[]${goOf(items)}` };
    }
    case 'object': {
      if (!isFields(schema.additionalProperties)) return any;
      const values = typeOf(schema.additionalProperties);
      return { is: 'map', values, go: `map[string]${goOf(values)}` };
    }
    default:
      return any;
  }
}

const goOf = (type: Type): string => (type.is === 'any' ? 'interface {}' : type.go);

function typeNamed(ref: string): Type {
  const held = byRef.get(ref);
  if (held) return held;
  const schema = builtInSchemas[ref];
  if (!schema) return any;
  if (!schema.properties) {
    const plain = typeOf(schema);
    byRef.set(ref, plain);
    return plain;
  }
  const parts = ref.split('.');
  const fields = new Map<string, Type>();
  const struct: Type = { is: 'struct', name: parts.at(-1)!, go: parts.slice(-2).join('.'), fields };
  // Types may hold themselves.
  byRef.set(ref, struct);
  for (const [name, child] of Object.entries(schema.properties))
    fields.set(name, untouched.has(name) ? any : typeOf(child));
  return struct;
}

let kinds: Map<string, string> | undefined;

/** The type of a built-in kind; undefined when its schema has not been recorded. */
function typeOfKind({ group, version, kind }: Kind): Type | undefined {
  if (!kinds) {
    kinds = new Map();
    for (const [ref, schema] of Object.entries(builtInSchemas)) {
      for (const each of schema['x-kubernetes-group-version-kind'] ?? [])
        kinds.set(`${each.group}/${each.version}/${each.kind}`, ref);
    }
  }
  const ref = kinds.get(`${group}/${version}/${kind}`);
  return ref === undefined ? undefined : typeNamed(ref);
}

/** A value that its field cannot hold; the message is that of Go's JSON decoder. */
export class WrongType extends Error {}

/** Takes away fields that a built-in kind does not have, and gives their paths. Throws WrongType. `object` is changed. */
export function readBuiltIn(object: Fields, kind: Kind): string[] {
  const type = typeOfKind(kind);
  if (!type) return [];
  const unknown: string[] = [];
  read(object, type, { struct: kind.kind, path: '', shown: '', unknown });
  return unknown;
}

interface Place {
  struct: string;
  /** As Go tells it: without the places in lists. */
  path: string;
  /** As people read it. */
  shown: string;
  unknown: string[];
}

function read(value: unknown, type: Type, place: Place): void {
  if (value === null || value === undefined || type.is === 'any') return;
  switch (type.is) {
    case 'scalar':
      if (typeof value !== type.json) throw wrong(value, type, place);
      if (type.json === 'number' && !Number.isInteger(value))
        throw wrong(value, type, place, ` ${value as number}`);
      return;
    case 'list':
      if (!Array.isArray(value)) throw wrong(value, type, place);
      value.forEach((item, index) => read(item, type.items, { ...place, shown: `${place.shown}[${index}]` }));
      return;
    case 'map':
      if (!isFields(value)) throw wrong(value, type, place);
      for (const [name, child] of Object.entries(value))
        read(child, type.values, { ...place, shown: `${place.shown}.${name}` });
      return;
    case 'struct':
      if (!isFields(value)) throw wrong(value, type, place);
      readStruct(value, type, place);
  }
}

function readStruct(value: Fields, { name: struct, fields }: Type & { is: 'struct' }, place: Place): void {
  for (const [name, child] of Object.entries(value)) {
    const shown = place.shown === '' ? name : `${place.shown}.${name}`;
    const type = fields.get(name);
    if (type === undefined) {
      place.unknown.push(shown);
      delete value[name];
    } else if (type.is !== 'any') {
      const path = place.path === '' ? name : `${place.path}.${name}`;
      read(child, type, { struct, path, shown, unknown: place.unknown });
    }
  }
}

function wrong(value: unknown, type: Type, { struct, path }: Place, more = ''): WrongType {
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return new WrongType(
    `json: cannot unmarshal ${found}${more} into Go struct field ${struct}.${path} of type ${goOf(type)}`,
  );
}
