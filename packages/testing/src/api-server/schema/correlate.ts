import { isFields } from '../json.ts';
import { type Schema } from './schema.ts';

/** A part of a value, with what stood in its place before. */
export interface CorrelatedChild {
  value: unknown;
  before: unknown;
  schema: Schema;
  /** How a path goes on to it: `.name`, `[0]` or `[key]`. */
  step: string;
}

/**
 * The parts of a value that a schema speaks of, each with the old one: fields and entries of maps by their name, items
 * of lists only where keys tell them apart.
 */
export function correlated(value: unknown, before: unknown, schema: Schema): CorrelatedChild[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!items) return [];
    const partner = keyedPartner(before, schema);
    return value.map((item: unknown, index) => ({
      value: item,
      before: partner(item),
      schema: items,
      step: `[${index}]`,
    }));
  }
  if (!isFields(value)) return [];
  const old = isFields(before) ? before : {};
  const more = isFields(schema.additionalProperties) ? (schema.additionalProperties as Schema) : undefined;
  const children: CorrelatedChild[] = [];
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    if (value[name] !== undefined)
      children.push({ value: value[name], before: old[name], schema: child, step: `.${name}` });
  }
  if (more) {
    for (const [name, child] of Object.entries(value)) {
      if (!schema.properties?.[name])
        children.push({ value: child, before: old[name], schema: more, step: `[${name}]` });
    }
  }
  return children;
}

/** Finds the old item that has the same keys, where a list has keys. */
export function keyedPartner(before: unknown, schema: Schema): (item: unknown) => unknown {
  const keys = schema['x-kubernetes-list-type'] === 'map' ? schema['x-kubernetes-list-map-keys'] : undefined;
  if (!keys || !Array.isArray(before)) return () => undefined;
  const old = before.filter(isFields);
  return (item) =>
    isFields(item) ? old.find((each) => keys.every((key) => each[key] === item[key])) : undefined;
}
