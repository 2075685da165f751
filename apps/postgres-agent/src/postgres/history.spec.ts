import { describe, expect, it } from '@jest/globals';
import { historyFile, isInHistory, newestTimeline, parseHistory } from './history.ts';

const text = `1\t0/3000148\tno recovery target specified\n\n# comment\n2\t0/5000028\tno recovery target specified\n`;

describe('a timeline history', () => {
  const ends = parseHistory(text);

  it('is read line by line', () => {
    expect(ends).toEqual([
      { timeline: 1, lsn: 0x3000148n },
      { timeline: 2, lsn: 0x5000028n },
    ]);
    expect(historyFile(26)).toBe('0000001A.history');
  });

  it.each<[string, number, bigint, boolean]>([
    ['the same timeline', 3, 0x9000000n, true],
    ['an older timeline before it was left', 1, 0x3000148n, true],
    ['an older timeline past where it was left', 1, 0x3000149n, false],
    ['a timeline that is no ancestor', 4, 0x1n, false],
  ])('knows %s', (_, timeline, lsn, expected) => {
    expect(isInHistory({ timeline, lsn }, 3, ends)).toBe(expected);
  });

  it('takes the newest timeline from the names of segments', () => {
    expect(
      newestTimeline([
        '000000010000000000000003',
        '000000020000000000000003',
        '00000005.history',
        'archive_status',
      ]),
    ).toBe(2);
    expect(newestTimeline([])).toBe(1);
  });
});
