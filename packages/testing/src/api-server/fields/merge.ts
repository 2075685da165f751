import { copyJson, isFields, type Fields } from '../json.ts';
import { childrenOf, fieldShape } from './children.ts';
import { elementsOf, fieldElement, join, reaches, type PathSet } from './path-set.ts';
import { type Shape } from './shape.ts';

/** The live object with what is applied laid over it. */
export function merge(live: unknown, applied: unknown, shape: Shape): unknown {
  if (live === undefined || live === null) return copyJson(applied);
  if (shape.is === 'set' || shape.is === 'keyed') {
    return Array.isArray(live) && Array.isArray(applied)
      ? mergeLists(live, applied, shape)
      : copyJson(applied);
  }
  const isWhole = shape.is === 'leaf' || shape.is === 'atomic';
  if (isWhole || !isFields(live) || !isFields(applied)) return copyJson(applied);
  const result: Fields = copyJson(live);
  for (const [name, value] of Object.entries(applied)) {
    if (value !== undefined) result[name] = merge(live[name], value, fieldShape(shape, name));
  }
  return result;
}

/** Both orders are kept: items of the live list alone stay before the shared one that follows them. */
function mergeLists(live: unknown[], applied: unknown[], shape: Shape): unknown[] {
  const left = childrenOf(live, shape) ?? [];
  const right = childrenOf(applied, shape) ?? [];
  const inLeft = new Map(left.map((child) => [child.element, child]));
  const inRight = new Map(right.map((child) => [child.element, child]));
  const result: unknown[] = [];
  const done = new Set<string>();
  let at = 0;
  const takeOnlyLive = (): void => {
    for (; at < left.length; at++) {
      const { element, value } = left[at]!;
      if (done.has(element)) continue;
      if (inRight.has(element)) return;
      result.push(copyJson(value));
    }
  };
  for (const { element, value, shape: items } of right) {
    takeOnlyLive();
    if (done.has(element)) continue;
    done.add(element);
    const held = inLeft.get(element);
    result.push(held ? merge(held.value, value, items) : copyJson(value));
  }
  takeOnlyLive();
  return result;
}

/** Takes away what was owned before and is owned by nobody now; what becomes empty by that goes too. */
export function prune(object: unknown, before: PathSet, owned: PathSet, shape: Shape): unknown {
  const gone = [...before].filter((path) => !reaches(owned, path));
  // The deepest first, so that what they were in can be seen to be empty.
  gone.sort((a, b) => elementsOf(b).length - elementsOf(a).length);
  const doomed = new Set(gone);
  const without = (value: unknown, at: Shape, path: string): unknown => {
    if (!reaches(doomed, path) && path !== '') return value;
    const children = childrenOf(value, at);
    if (!children) return value;
    let changed = false;
    const kept = children.flatMap((child) => {
      const childPath = join(path, child.element);
      if (doomed.has(childPath)) {
        changed = true;
        return [];
      }
      const next = without(child.value, child.shape, childPath);
      if (next === child.value) return [child];
      changed = true;
      return next === undefined ? [] : [{ ...child, value: next }];
    });
    if (!changed) return value;
    if (kept.length === 0 && path !== '' && !owned.has(path) && children.length > 0) return undefined;
    return Array.isArray(value)
      ? kept.map(({ value: item }) => item)
      : Object.fromEntries(
          kept.map(({ element, value: item }) => [element.slice(fieldElement('').length), item]),
        );
  };
  return without(object, shape, '');
}
