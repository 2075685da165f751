import { childrenOf, fieldShape } from '../fields/children.ts';
import { type Shape } from '../fields/shape.ts';
import { copyJson, equalJson, isFields, type Fields } from '../json.ts';

/**
 * The patch that kubectl sends for built-in kinds: as a merge patch, but items of keyed lists are merged one by one
 * and sets are added to. Its directives `$patch` and `$deleteFromPrimitiveList` are followed; those about order are not.
 */
export function strategicMerge(object: unknown, patch: unknown, shape: Shape): unknown {
  if (!isFields(patch)) return copyJson(patch);
  if (patch['$patch'] === 'replace') {
    const { $patch: _directive, ...rest } = patch;
    return copyJson(rest);
  }
  const result: Fields = isFields(object) ? copyJson(object) : {};
  for (const [name, value] of Object.entries(patch)) {
    const dropped = /^\$deleteFromPrimitiveList\/(.+)$/.exec(name)?.[1];
    if (dropped !== undefined) {
      const gone = value as unknown[];
      const held = (result[dropped] ?? []) as unknown[];
      result[dropped] = held.filter((item) => !gone.some((each) => equalJson(each, item)));
    } else if (name.startsWith('$')) continue;
    else if (value === null) delete result[name];
    else result[name] = mergeField(result[name], value, fieldShape(shape, name));
  }
  return result;
}

function mergeField(held: unknown, value: unknown, shape: Shape): unknown {
  if (!Array.isArray(value) || !Array.isArray(held)) {
    return Array.isArray(value)
      ? value.filter((item) => !isDeletion(item)).map(copyJson)
      : strategicMerge(held, value, shape);
  }
  if (shape.is !== 'keyed' && shape.is !== 'set') return copyJson(value as unknown[]);
  const items = new Map((childrenOf(held, shape) ?? []).map((child) => [child.element, child.value]));
  for (const { element, value: item, shape: inside } of childrenOf(value, shape) ?? []) {
    if (isDeletion(item)) items.delete(element);
    else items.set(element, strategicMerge(items.get(element), item, inside));
  }
  return [...items.values()];
}

const isDeletion = (item: unknown): boolean => isFields(item) && item['$patch'] === 'delete';
