import { describe, expect, it } from '@jest/globals';
import { decideBack, decideSwap, type Move, type Places, type SwapDecision } from './decide-swap.ts';

function moved(places: Places, move: Move): Places {
  switch (move) {
    case 'current-to-old':
      return { ...places, current: false, old: 'data' };
    case 'mark-empty':
      return { ...places, old: 'empty' };
    case 'staged-to-current':
      return { ...places, staged: false, current: true };
    case 'current-to-staged':
      return { ...places, current: false, staged: true };
    case 'old-to-current':
      return { ...places, old: false, current: true };
    case 'unmark':
      return { ...places, old: false };
  }
}
const movesOf = (decision: SwapDecision): readonly Move[] => {
  if (!decision.ok) throw new Error(decision.code);
  return decision.moves;
};

const starts: Record<string, Places> = {
  'a member with data': { current: true, old: false, staged: true },
  'a fresh claim': { current: false, old: false, staged: true },
};

describe('swapping', () => {
  it.each(Object.entries(starts))('of %s ends the same, whatever move it is killed after', (_, start) => {
    const all = movesOf(decideSwap(start));
    const end = all.reduce(moved, start);
    expect(end).toMatchObject({ current: true, staged: false });
    for (let killedAfter = 0; killedAfter <= all.length; killedAfter++) {
      const there = all.slice(0, killedAfter).reduce(moved, start);
      expect(movesOf(decideSwap(there)).reduce(moved, there)).toEqual(end);
      // And the way back leads to where it began, from any of these places and whatever move that is killed after.
      const back = movesOf(decideBack(there));
      for (let backKilledAfter = 0; backKilledAfter <= back.length; backKilledAfter++) {
        const half = back.slice(0, backKilledAfter).reduce(moved, there);
        expect(movesOf(decideBack(half)).reduce(moved, half)).toEqual(start);
      }
    }
  });

  it('never has two sets of data in one place', () => {
    for (const current of [true, false])
      for (const old of ['data', 'empty', false] as const)
        for (const staged of [true, false])
          for (const decide of [decideSwap, decideBack]) {
            let places: Places = { current, old, staged };
            const decision = decide(places);
            if (!decision.ok) continue;
            for (const move of decision.moves) {
              const target = {
                'current-to-old': 'old',
                'mark-empty': 'old',
                'staged-to-current': 'current',
                'current-to-staged': 'staged',
                'old-to-current': 'current',
                unmark: undefined,
              }[move] as keyof Places | undefined;
              if (target) expect(places[target]).toBe(false);
              places = moved(places, move);
            }
          }
  });

  it('says so when there is nothing to put in place, and when it cannot tell what is what', () => {
    expect(decideSwap({ current: true, old: false, staged: false })).toMatchObject({ code: 'NothingStaged' });
    expect(decideSwap({ current: true, old: 'data', staged: true })).toMatchObject({ code: 'AmbiguousData' });
    expect(decideBack({ current: true, old: 'data', staged: true })).toMatchObject({ code: 'AmbiguousData' });
  });
});
