import { OperatorError } from '../errors/index.ts';
import { type DesiredChild } from './child.ts';
import { childKey, childText, refText, type Family } from './ownership.ts';

/**
 * Children in an order in which each comes after those that it names in `after`; else as they were given.
 * Throws bad-configuration that names the children of a cycle, one that is not in the plan, or one that is twice.
 */
export function ordered(family: Family, children: readonly DesiredChild[]): DesiredChild[] {
  const byText = new Map<string, DesiredChild>();
  for (const desired of children) {
    const text = childText(desired.resource, childKey(family, desired));
    if (byText.has(text)) throw wrong(`${text} is wanted twice`);
    byText.set(text, desired);
  }
  const result: DesiredChild[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  function visit(text: string, desired: DesiredChild): void {
    if (done.has(text)) return;
    if (path.includes(text)) {
      throw wrong(`children wait for each other: ${[...path.slice(path.indexOf(text)), text].join(' -> ')}`);
    }
    path.push(text);
    for (const ref of desired.after ?? []) {
      const name = refText(family, ref);
      const other = byText.get(name);
      if (!other) throw wrong(`${text} comes after ${name}, which is not in the plan`);
      visit(name, other);
    }
    path.pop();
    done.add(text);
    result.push(desired);
  }
  for (const [text, desired] of byText) visit(text, desired);
  return result;
}

const wrong = (message: string): OperatorError =>
  new OperatorError('bad-configuration', `the plan is wrong: ${message}`);
