import { describe, expect, it } from '@jest/globals';
import { identify, isAlive, parseStat } from './identity.ts';

const linux = process.platform === 'linux' ? it : it.skip;

describe('process identity', () => {
  it('reads past a command with brackets and spaces', () => {
    const tail = Array.from({ length: 48 }, (_, index) => String(index + 4)).join(' ');
    expect(parseStat(`42 (a ) R (b) S 3 ${tail}`)).toEqual({ state: 'S', startTime: '21' });
  });

  it('reads nothing from nonsense', () => {
    expect(parseStat('')).toBeUndefined();
  });

  linux('knows this process, and not another one with its number', () => {
    const self = identify(process.pid);
    expect(self).toBeDefined();
    if (self === undefined) return;
    expect(isAlive(self)).toBe(true);
    expect(isAlive({ ...self, startTime: '1' })).toBe(false);
  });
});
