import { equalJson } from '../json.ts';
import { childrenOf } from './children.ts';
import { join } from './path-set.ts';
import { type Shape } from './shape.ts';

/** What is different between two states of an object. */
export interface Comparison {
  added: Set<string>;
  modified: Set<string>;
  removed: Set<string>;
}

/** Compares two states of an object part by part. */
export function compare(before: unknown, after: unknown, shape: Shape): Comparison {
  const result: Comparison = { added: new Set(), modified: new Set(), removed: new Set() };
  walk(before, after, shape, '', result);
  return result;
}

function walk(before: unknown, after: unknown, shape: Shape, path: string, result: Comparison): void {
  const left = childrenOf(before, shape);
  const right = childrenOf(after, shape);
  if (!left || !right) {
    if (!equalJson(before, after)) result.modified.add(path);
    return;
  }
  const old = new Map(left.map((child) => [child.element, child]));
  for (const child of right) {
    const at = join(path, child.element);
    const held = old.get(child.element);
    old.delete(child.element);
    if (held) walk(held.value, child.value, child.shape, at, result);
    else all(child.value, child.shape, at, result.added);
  }
  for (const child of old.values()) all(child.value, child.shape, join(path, child.element), result.removed);
}

/** A part with everything in it. */
function all(value: unknown, shape: Shape, path: string, into: Set<string>): void {
  into.add(path);
  for (const child of childrenOf(value, shape) ?? []) {
    all(child.value, child.shape, join(path, child.element), into);
  }
}

/** What somebody who applies this owns: what it says itself, and not the structs around that. */
export function appliedPaths(value: unknown, shape: Shape, path = '', into = new Set<string>()): Set<string> {
  const children = childrenOf(value, shape);
  if (!children) {
    if (path !== '') into.add(path);
    return into;
  }
  for (const child of children) {
    const at = join(path, child.element);
    if (!child.isField || isEmpty(child.value)) into.add(at);
    appliedPaths(child.value, child.shape, at, into);
  }
  return into;
}

/** Empty lists say nothing; empty maps and null do. */
const isEmpty = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0);
