import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { difference, type PatchOperation } from './json-patch.ts';

/** RFC 6902 as a reader of it would write it, to check the writer against. */
function apply(document: unknown, operations: readonly PatchOperation[]): unknown {
  const holder = { root: structuredClone(document) } as Record<string, unknown>;
  for (const operation of operations) {
    const tokens = `/root${operation.path}`
      .split('/')
      .slice(1)
      .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = tokens.pop()!;
    let parent: unknown = holder;
    for (const token of tokens) {
      if (!Object.hasOwn(parent as object, token)) throw new Error(`nothing at ${operation.path}`);
      parent = (parent as Record<string, unknown>)[token];
    }
    const exists = Object.hasOwn(parent as object, last);
    if (operation.op !== 'add' && !exists) throw new Error(`${operation.op} of nothing at ${operation.path}`);
    if (Array.isArray(parent)) {
      const at = Number(last);
      if (at > parent.length) throw new Error(`beyond the end at ${operation.path}`);
      if (operation.op === 'remove') parent.splice(at, 1);
      else parent.splice(at, operation.op === 'replace' ? 1 : 0, structuredClone(operation.value));
    } else if (operation.op === 'remove') delete (parent as Record<string, unknown>)[last];
    else
      Object.defineProperty(parent as object, last, {
        value: structuredClone(operation.value),
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return holder['root'];
}

describe('difference', () => {
  it('is empty for what is equal', () => {
    expect(difference({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toEqual([]);
    expect(difference({ a: 1 }, { a: 1, b: undefined })).toEqual([]);
  });

  it('names keys with slashes and tildes as pointers want it', () => {
    expect(difference({ labels: { 'a/b~c': '1' } }, { labels: { 'a/b~c': '2', 'x.io/y': '' } })).toEqual([
      { op: 'replace', path: '/labels/a~1b~0c', value: '2' },
      { op: 'add', path: '/labels/x.io~1y', value: '' },
    ]);
  });

  it('adds what was absent with what it needs, and does not rewrite lists', () => {
    expect(difference({ spec: { c: [1, 2, 3] } }, { spec: { c: [1, 9, 2, 3] }, status: { a: 1 } })).toEqual([
      { op: 'add', path: '/spec/c/1', value: 9 },
      { op: 'add', path: '/status', value: { a: 1 } },
    ]);
    expect(difference([1, 2, 3, 4], [1, 4])).toEqual([
      { op: 'remove', path: '/2' },
      { op: 'remove', path: '/1' },
    ]);
  });

  it('turns any JSON into any other', () => {
    // Few keys and values, so that much is shared.
    const key = fc.constantFrom('a', 'b', '~', '/', '', '__proto__', 'constructor', '0');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.constantFrom(0, 1, 'x', '', null, true),
        fc.array(tie('value'), { maxLength: 5 }),
        // As JSON.parse makes them: `__proto__` is a key like any other.
        fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs)),
      ),
    }));
    fc.assert(
      fc.property(value, value, (before, after) => {
        const patched = apply(before, difference(before, after));
        expect(JSON.stringify(sorted(patched))).toBe(JSON.stringify(sorted(after)));
      }),
      { numRuns: 3_000 },
    );
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, child]) => [key, sorted(child)]);
}
