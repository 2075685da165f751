import { describe, expect, it } from '@jest/globals';
import { quantile, ratioOf, summaryOf } from './statistics.ts';

describe('quantile', () => {
  it.each([
    [[1, 2, 3], 0.5, 2],
    [[3, 1, 2, 4], 0.5, 2.5],
    [[7], 0.99, 7],
    [Array.from({ length: 101 }, (_, i) => i), 0.99, 99],
  ])('%j at %d', (values, share, expected) => {
    expect(quantile(values, share)).toBeCloseTo(expected);
  });

  it('of nothing is no number', () => expect(quantile([], 0.5)).toBeNaN());
});

describe('ratioOf', () => {
  const rounds = (...values: number[]) => new Map(values.map((value, round) => [round, value]));

  it('is that of the medians, its spread that of the rounds', () => {
    expect(ratioOf(rounds(1, 2, 3), rounds(2, 4, 2))).toEqual({ median: 1, min: 0.5, max: 1.5, count: 3 });
  });

  it('leaves out rounds that only one has', () => {
    const ratio = ratioOf(rounds(1, 2, 9), rounds(1, 2));
    expect(ratio).toMatchObject({ min: 1, max: 1, count: 2 });
  });

  it('is none against nothing or zero', () => {
    expect(ratioOf(rounds(1), new Map())).toBeUndefined();
    expect(ratioOf(rounds(1), rounds(0))).toBeUndefined();
  });
});

it('a summary counts', () => expect(summaryOf([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5, count: 3 }));
