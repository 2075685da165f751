import { describe, expect, it } from '@jest/globals';
import { ageOf, humanDuration } from './age.ts';
import { jsonPath } from './json-path.ts';

describe('ages', () => {
  it.each([
    [-5_000, '<invalid>'],
    [-1_500, '0s'],
    [119_999, '119s'],
    [120_000, '2m'],
    [125_000, '2m5s'],
    [10 * 60_000 + 1_000, '10m'],
    [179 * 60_000, '179m'],
    [180 * 60_000, '3h'],
    [5 * 3_600_000 + 7 * 60_000, '5h7m'],
    [47 * 3_600_000, '47h'],
    [48 * 3_600_000, '2d'],
    [52 * 3_600_000, '2d4h'],
    [400 * 86_400_000, '400d'],
    [3 * 365 * 86_400_000 + 86_400_000, '3y1d'],
    [9 * 365 * 86_400_000, '9y'],
  ])('of %i ms are told as %s', (ms, told) => expect(humanDuration(ms)).toBe(told));

  it('are not known without a time', () => expect(ageOf(undefined, 0)).toBe('<unknown>'));
});

describe('the paths of columns', () => {
  const object = {
    spec: { list: ['a', 'b', 'c'], 'with.dot': 1 },
    status: {
      conditions: [
        { type: 'Ready', status: 'True', n: 2 },
        { type: 'Other', status: 'False', n: 3 },
      ],
    },
  };
  it.each<[string, unknown[]]>([
    ['.spec.list[1]', ['b']],
    ['.spec.list[-1]', ['c']],
    ['.spec.list[*]', ['a', 'b', 'c']],
    ['.spec.with\\.dot', [1]],
    [".spec['with.dot']", [1]],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type == 'Other')].status", ['False']],
    ['.status.conditions[?(@.n==3)].type', ['Other']],
    ['.status.conditions[*].type', ['Ready', 'Other']],
    ['.spec.none.deeper', []],
    ['.spec.list[', []],
    ['.status.conditions[?(@.n>2)].type', []],
  ])('%s', (path, found) => expect(jsonPath(path)(object)).toEqual(found));
});
