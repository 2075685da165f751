import { describe, expect, it } from '@jest/globals';
import { retentionDays } from './backup-retention.ts';

describe('retentionDays', () => {
  it.each([
    ['7d', 7],
    ['2w', 14],
    ['1m', 30],
    ['3650d', 3650],
    ['0d', undefined],
    ['07d', undefined],
    ['7', undefined],
    ['7y', undefined],
    ['d', undefined],
    [7, undefined],
    [undefined, undefined],
    ['999999999999999m', undefined],
  ])('of %s is %s', (text, days) => {
    expect(retentionDays(text)).toBe(days);
  });
});
