import { describe, expect, it } from '@jest/globals';
import { type ListAppendEvent, type SetEvent } from '@stateful/testing';
import { acknowledgedAt, judgeLists, judgeRows } from './history.ts';

const insert = (row: string, type: 'ok' | 'fail' | 'info', time: number): SetEvent[] => [
  { process: row, type: 'invoke', f: 'insert', value: { row }, time: time - 1 },
  { process: row, type, f: 'insert', value: { row }, time },
];
const rows = [
  ...insert('a', 'ok', 10),
  ...insert('b', 'info', 20),
  ...insert('c', 'fail', 25),
  ...insert('d', 'ok', 510),
];
const fine = { verdict: 'complete', lost: [], duplicated: [], phantom: [] };

describe('judgeRows', () => {
  it('accepts a row in doubt, there or not', () => {
    expect(judgeRows(rows, ['a', 'd'])).toMatchObject({ ...fine, acknowledged: 2 });
    expect(judgeRows(rows, ['a', 'b', 'd'])).toMatchObject({ ...fine, recovered: ['b'] });
    expect(acknowledgedAt(rows)).toEqual([10, 510]);
  });

  it.each<[string, string[], object]>([
    ['a lost row', ['a'], { lost: ['d'] }],
    ['a row that is there twice', ['a', 'a', 'd'], { duplicated: ['a'] }],
    ['a row that was refused', ['a', 'c', 'd'], { phantom: ['c'] }],
    ['a row that nobody wrote', ['a', 'd', 'x'], { phantom: ['x'] }],
  ])('finds %s', (_, there, expected) => {
    expect(judgeRows(rows, there)).toMatchObject({ ...fine, verdict: 'broken', ...expected });
  });
});

describe('judgeLists', () => {
  const lists: ListAppendEvent[] = [
    { process: 1, type: 'invoke', f: 'txn', value: [['append', 'k0', 1]], time: 1 },
    { process: 1, type: 'ok', f: 'txn', value: [['append', 'k0', 1]], time: 2 },
    { process: 1, type: 'invoke', f: 'txn', value: [['append', 'k1', 2]], time: 3 },
    { process: 1, type: 'info', f: 'txn', value: [['append', 'k1', 2]], time: 4 },
  ];

  it('accepts an append in doubt, there or not', () => {
    expect(judgeLists(lists, ['k0|{1}'], 'strict-serializable').isValid).toBe(true);
    expect(judgeLists(lists, ['k0|{1}', 'k1|{2}'], 'strict-serializable').isValid).toBe(true);
  });

  it('finds an acknowledged append that is not there, though its whole row is gone', () => {
    expect(judgeLists(lists, [], 'snapshot-isolation')).toMatchObject({
      isValid: false,
      anomalies: [{ name: 'lost-append' }],
    });
  });

  it('refuses lines that are no lists', () => {
    expect(() => judgeLists(lists, ['k0'], 'serializable')).toThrow('not a list of the form');
  });
});
