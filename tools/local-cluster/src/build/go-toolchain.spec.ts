import { describe, expect, it } from '@jest/globals';
import { isUsable, parseGoVersion } from './go-toolchain.ts';

describe('parseGoVersion', () => {
  it.each([
    ['go version go1.26.8 linux/amd64', [1, 26]],
    ['2:1.19~1', [1, 19]],
    ['1.24.4-1', [1, 24]],
    ['(none)', undefined],
  ])('%s', (text, expected) => {
    expect(parseGoVersion(text)).toEqual(expected);
  });

  it('takes what can fetch a newer release by itself', () => {
    expect(isUsable([1, 19])).toBe(false);
    expect(isUsable([1, 21])).toBe(true);
    expect(isUsable([2, 0])).toBe(true);
  });
});
