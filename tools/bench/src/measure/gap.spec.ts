import { expect, it } from '@jest/globals';
import { longestGap } from './gap.ts';

it('finds the longest silence that ends after a moment', () => {
  expect(longestGap([0, 500, 510, 520, 720, 730], 515)).toEqual({ from: 520, to: 720, ms: 200 });
  expect(longestGap([0, 500, 510, 520, 720, 730], 0)).toEqual({ from: 0, to: 500, ms: 500 });
});

it('counts a silence that began before the moment', () => {
  expect(longestGap([0, 10, 300], 100)).toEqual({ from: 10, to: 300, ms: 290 });
});

it('finds none where nothing came after', () => {
  expect(longestGap([0, 10], 20)).toBeUndefined();
  expect(longestGap([30], 20)).toBeUndefined();
});
