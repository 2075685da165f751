import { describe, expect, it } from '@jest/globals';
import { names, ordinalOf } from './names.ts';

describe('ordinalOf', () => {
  it.each([
    ['pg', 'pg-0', 0],
    ['pg', 'pg-12', 12],
    ['pg', 'pg-01', undefined],
    ['pg', 'pg-x', undefined],
    ['pg', 'pg-1-0', undefined],
    ['pg-1', 'pg-1-0', 0],
    ['pg', 'other-0', undefined],
  ])('of %s in %s is %s', (cluster, instance, ordinal) => {
    expect(ordinalOf(cluster, instance)).toBe(ordinal);
  });

  it('is the inverse of names.instance', () => {
    expect(ordinalOf('a-b', names.instance('a-b', 7))).toBe(7);
  });
});
