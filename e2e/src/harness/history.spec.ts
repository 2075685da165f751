import { describe, expect, it } from '@jest/globals';
import { judge, parseObservations, type Observation } from './history.ts';

const history: Observation[] = [
  { at: 0, row: 'a', outcome: 'acknowledged' },
  { at: 10, row: 'b', outcome: 'unknown' },
  { at: 15, row: 'c', outcome: 'refused' },
  { at: 500, row: 'd', outcome: 'acknowledged' },
  { at: 510, row: 'e', outcome: 'local' },
];
const fine = { lost: [], duplicated: [], phantom: [] };

describe('judge', () => {
  it('accepts a row of unknown outcome, there or not, and finds the gap', () => {
    expect(judge(history, ['a', 'd'])).toMatchObject({ ...fine, acknowledged: 2, gapMs: 500, gapAt: 0 });
    expect(judge(history, ['a', 'b', 'd', 'e'])).toMatchObject(fine);
  });

  it.each<[string, string[], object]>([
    ['a lost row', ['a'], { lost: ['d'] }],
    ['a row that is there twice', ['a', 'a', 'd'], { duplicated: ['a'] }],
    ['a row that was refused', ['a', 'c', 'd'], { phantom: ['c'] }],
    ['a row that nobody wrote', ['a', 'd', 'x'], { phantom: ['x'] }],
  ])('finds %s', (_, rows, expected) => {
    expect(judge(history, rows)).toMatchObject({ ...fine, ...expected });
  });

  it('reads what a writer printed, between other lines', () => {
    expect(
      parseObservations(
        'hello\n{"at":1,"row":"a","outcome":"acknowledged"}\n{"at":2,"row":"table","outcome":"waiting"}\n',
      ),
    ).toEqual([{ at: 1, row: 'a', outcome: 'acknowledged' }]);
  });
});
