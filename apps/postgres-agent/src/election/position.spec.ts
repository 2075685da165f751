import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { comparePositions, formatLsn, parseLsn } from './position.ts';

describe('LSNs', () => {
  it.each([
    ['0/0', 0n],
    ['0/3000148', 0x3000148n],
    ['1/0', 1n << 32n],
    ['FFFFFFFF/FFFFFFFF', (1n << 64n) - 1n],
  ])('%s is %s', (text, value) => {
    expect(parseLsn(text)).toBe(value);
    expect(formatLsn(value)).toBe(text);
  });

  it.each(['', '1', '0/', '/0', '0/123456789', 'x/1', '0/1 ', '-1/0'])('refuses "%s"', (text) => {
    expect(() => parseLsn(text)).toThrow('is not an LSN');
  });

  it('are read as they are written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (lsn) => {
        expect(parseLsn(formatLsn(lsn))).toBe(lsn);
      }),
    );
  });
});

describe('positions', () => {
  it('are ordered by timeline first: more WAL on an older timeline is less history', () => {
    expect(comparePositions({ timeline: 2, lsn: 1n }, { timeline: 1, lsn: 1_000n })).toBeGreaterThan(0);
    expect(comparePositions({ timeline: 2, lsn: 1n }, { timeline: 2, lsn: 2n })).toBeLessThan(0);
    expect(comparePositions({ timeline: 2, lsn: 2n }, { timeline: 2, lsn: 2n })).toBe(0);
  });
});
