import { describe, expect, it } from '@jest/globals';
import { createRoll } from './roll.ts';

const waiting = { what: 'all', timeoutMs: 20, check: () => undefined };

describe('a roll', () => {
  it('is complete when all were seen, and knows first and last', async () => {
    const roll = createRoll(['a', 'b']);
    roll.mark({ name: 'b', at: 5 });
    roll.mark({ name: 'stranger', at: 6 });
    roll.mark({ name: 'a', at: 7 });
    roll.mark({ name: 'b', at: 99 });
    await roll.complete(waiting);
    expect([roll.firstAt(), roll.lastAt()]).toEqual([5, 7]);
  });

  it('says how many are missing', async () => {
    const roll = createRoll(['a', 'b']);
    roll.mark({ name: 'a', at: 1 });
    await expect(roll.complete(waiting)).rejects.toThrow('in vain for all: 1 are missing');
  });

  it('ends when waiting is senseless', async () => {
    const check = (): void => {
      throw new Error('it ended');
    };
    await expect(createRoll(['a']).complete({ ...waiting, check })).rejects.toThrow('it ended');
  });
});
