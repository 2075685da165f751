import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSeededRandom } from '@stateful/reconcile-sdk';
import { setFaults, simulateUniqueSet, type SetFault } from '../simulate/unique-set.ts';
import { checkUniqueSet, type SetEvent, type SetVerdict } from './check.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const sizes = fc.record({
  processes: fc.integer({ min: 1, max: 8 }),
  failRate: fc.constantFrom(0, 0.1),
  unknownRate: fc.constantFrom(0, 0.3),
});
const column: Record<SetFault, 'lost' | 'duplicated' | 'phantom'> = {
  'lost-insert': 'lost',
  'lost-tail': 'lost',
  'double-apply': 'duplicated',
  'dirty-read': 'phantom',
};

function insert(row: string, start: number, type: 'ok' | 'fail' | 'info', position?: string): SetEvent[] {
  const answer = type === 'ok' && position !== undefined ? { row, position } : { row };
  return [
    { process: row, type: 'invoke', f: 'insert', value: { row }, time: start },
    { process: row, type, f: 'insert', value: answer, time: start + 1 },
  ];
}
const finalRead = (time: number, ...rows: string[]): SetEvent[] => [
  { process: 'final', type: 'invoke', f: 'read', value: {}, time },
  { process: 'final', type: 'ok', f: 'read', value: { rows }, time: time + 1 },
];
const load = [
  ...insert('a', 0, 'ok', '0/1'),
  ...insert('b', 10, 'info'),
  ...insert('c', 15, 'fail'),
  ...insert('d', 500, 'ok', '0/9'),
];

describe('checkUniqueSet', () => {
  it.each<[string, string[], Partial<SetVerdict>]>([
    ['a row in doubt that is not there', ['a', 'd'], { verdict: 'complete', recovered: [] }],
    ['a row in doubt that is there', ['a', 'b', 'd'], { verdict: 'complete', recovered: ['b'] }],
    ['a lost row', ['a'], { verdict: 'broken', lost: ['d'] }],
    ['a row that is there twice', ['a', 'a', 'd'], { verdict: 'broken', duplicated: ['a'] }],
    ['a row that was refused', ['a', 'c', 'd'], { verdict: 'broken', phantom: ['c'] }],
    ['a row that nobody inserted', ['a', 'd', 'x'], { verdict: 'broken', phantom: ['x'] }],
  ])('judges %s', (_, rows, expected) => {
    expect(checkUniqueSet([...load, ...finalRead(600, ...rows)])).toMatchObject({
      ...{ lost: [], duplicated: [], phantom: [], gap: { from: 1, to: 501 } },
      ...expected,
    });
  });

  it('tells when lost rows were acknowledged', () => {
    expect(checkUniqueSet([...load, ...finalRead(600, 'b')]).report).toBe(
      [
        'broken: 2 rows acknowledged, 1 in doubt are there',
        '  2 lost: a, d',
        '    acknowledged from 1 ms to 501 ms (log 0/1 to 0/9), 0 of that time are kept',
        '  longest wait between two acknowledgements: 500 ms, from 1 ms',
      ].join('\n'),
    );
  });

  it('does not know without a read at the end', () => {
    expect(checkUniqueSet(load).verdict).toBe('unknown');
    expect(checkUniqueSet([...load, ...finalRead(499, 'a')]).verdict).toBe('unknown');
  });

  it('accepts every honest history, and finds every planted fault, in any order of events', () => {
    fc.assert(
      fc.property(seeds, sizes, fc.constantFrom(undefined, ...setFaults), (seed, size, fault) => {
        const random = createSeededRandom(seed);
        const history = simulateUniqueSet({ random, ...size, ...(fault ? { fault } : {}) });
        const verdict = checkUniqueSet(history.events);
        const isBroken = history.planted !== undefined;
        expect(verdict.verdict).toBe(isBroken ? 'broken' : 'complete');
        if (fault && isBroken) expect(verdict[column[fault]].length).toBeGreaterThan(0);
        const shuffled = history.events
          .map((event) => ({ event, at: random.next() }))
          .sort((a, b) => a.at - b.at)
          .map(({ event }) => event);
        expect(checkUniqueSet(shuffled)).toEqual(verdict);
      }),
      { numRuns: 200 },
    );
  });
});
