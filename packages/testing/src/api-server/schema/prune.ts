import { copyJson, isFields, type Fields } from '../json.ts';
import { type Schema } from './schema.ts';

/** Takes away what a schema does not know, and gives the paths of that. `object` is changed. */
export function pruneUnknown(object: unknown, schema: Schema, path = '', isRoot = true): string[] {
  if (Array.isArray(object)) {
    const { items } = schema;
    return items === undefined
      ? []
      : object.flatMap((item, index) => pruneUnknown(item, items, `${path}[${index}]`, false));
  }
  if (!isFields(object)) return [];
  const gone: string[] = [];
  for (const name of Object.keys(object)) {
    if (isRoot && ['apiVersion', 'kind', 'metadata'].includes(name)) continue;
    const at = path === '' ? name : `${path}.${name}`;
    const child =
      schema.properties?.[name] ??
      (isFields(schema.additionalProperties) ? schema.additionalProperties : undefined);
    if (child) {
      gone.push(...pruneUnknown(object[name], child, at, false));
    } else if (!schema['x-kubernetes-preserve-unknown-fields'] && schema.additionalProperties !== true) {
      const isEmbedded =
        schema['x-kubernetes-embedded-resource'] && ['apiVersion', 'kind', 'metadata'].includes(name);
      if (isEmbedded) continue;
      gone.push(at);
      delete object[name];
    }
  }
  return gone;
}

/** Fills in defaults; a null where none may be becomes the default, or goes. `object` is changed. */
export function applyDefaults(object: unknown, schema: Schema): void {
  if (Array.isArray(object)) {
    if (schema.items) for (const item of object) applyDefaults(item, schema.items);
    return;
  }
  if (!isFields(object)) return;
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    if (object[name] === null && !child.nullable && child.default !== undefined)
      object[name] = copyJson(child.default);
    if (object[name] === undefined && child.default !== undefined) object[name] = copyJson(child.default);
    applyDefaults(object[name], child);
  }
  if (isFields(schema.additionalProperties)) {
    for (const value of Object.values(object)) applyDefaults(value, schema.additionalProperties);
  }
}

/** A null for a field that may not be null is as if nothing was said. `object` is changed. */
export function dropNulls(object: unknown, schema: Schema): void {
  if (Array.isArray(object)) {
    if (schema.items) for (const item of object) dropNulls(item, schema.items);
    return;
  }
  if (!isFields(object)) return;
  const fields: Fields = object;
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    if (fields[name] === null && !child.nullable) delete fields[name];
    else dropNulls(fields[name], child);
  }
}
