import { describe, expect, it } from '@jest/globals';
import { checkListAppend } from './check.ts';
import { type AnomalyName } from './levels.ts';
import { type ListAppendEvent, type MicroOp } from './transaction.ts';

/** "ax1" appends 1 to x; "rx12" reads x as [1 2]; "rx" reads it empty. */
function step(text: string): MicroOp {
  const key = text[1]!;
  return text.startsWith('a') ? ['append', key, Number(text[2])] : ['r', key, [...text.slice(2)].map(Number)];
}

/** One transaction of each process: its interval, its steps and its outcome. */
type Line = [start: number, end: number, steps: string, type?: 'ok' | 'fail' | 'info'];

function history(lines: readonly Line[]): ListAppendEvent[] {
  return lines.flatMap(([start, end, text, type = 'ok'], process): ListAppendEvent[] => {
    const value = text.split(' ').map(step);
    const asked = value.map((one): MicroOp => (one[0] === 'r' ? ['r', one[1], null] : one));
    return [
      { process, type: 'invoke', f: 'txn', value: asked, time: start },
      { process, type, f: 'txn', value: type === 'ok' ? value : asked, time: end },
    ];
  });
}

const anomalies: [AnomalyName, Line[]][] = [
  [
    'lost-append',
    [
      [0, 1, 'ax1'],
      [2, 3, 'rx'],
    ],
  ],
  [
    'duplicate-element',
    [
      [0, 1, 'ax1'],
      [2, 3, 'rx11'],
    ],
  ],
  ['unwritten-read', [[0, 1, 'rx7']]],
  [
    'incompatible-order',
    [
      [0, 9, 'ax1'],
      [0, 9, 'ax2'],
      [0, 9, 'rx12'],
      [0, 9, 'rx21'],
    ],
  ],
  ['internal', [[0, 1, 'ax1 rx']]],
  [
    'internal',
    [
      [0, 9, 'ax1'],
      [0, 9, 'rx rx1'],
    ],
  ],
  ['internal', [[0, 9, 'rx1 ax1']]],
  [
    'incompatible-order',
    [
      [0, 9, 'ax1 ax2'],
      [0, 9, 'rx21'],
    ],
  ],
  [
    'incompatible-order',
    [
      [0, 9, 'ax1 ax2', 'info'],
      [0, 9, 'rx2'],
    ],
  ],
  [
    'G1a',
    [
      [0, 1, 'ax1', 'fail'],
      [2, 3, 'rx1'],
    ],
  ],
  [
    'G1b',
    [
      [0, 9, 'ax1 ax2'],
      [0, 9, 'rx1'],
      [0, 9, 'rx12'],
    ],
  ],
  [
    'G0',
    [
      [0, 9, 'ax1 ay1'],
      [0, 9, 'ax2 ay2'],
      [0, 9, 'rx12'],
      [0, 9, 'ry21'],
    ],
  ],
  [
    'G1c',
    [
      [0, 9, 'ax1 ry2'],
      [0, 9, 'ay2 rx1'],
    ],
  ],
  [
    'G-single',
    [
      [0, 9, 'ax1 ay1'],
      [0, 9, 'rx1 ry'],
      [0, 9, 'ry1'],
    ],
  ],
  [
    'G-nonadjacent',
    [
      [0, 9, 'ax1'],
      [0, 9, 'ay1'],
      [0, 9, 'rx1 ry'],
      [0, 9, 'ry1 rx'],
    ],
  ],
  [
    'G2-item',
    [
      [0, 9, 'rx ay1'],
      [0, 9, 'ry ax1'],
      [0, 9, 'rx1'],
      [0, 9, 'ry1'],
    ],
  ],
  [
    'G0-realtime',
    [
      [0, 1, 'ax1'],
      [2, 3, 'ax2'],
      [0, 9, 'rx21'],
    ],
  ],
  [
    'G1c-realtime',
    [
      [0, 1, 'rx1'],
      [2, 3, 'ax1'],
    ],
  ],
  [
    'G-single-realtime',
    [
      [0, 1, 'ax1'],
      [2, 3, 'rx'],
      [4, 5, 'rx1'],
    ],
  ],
  [
    'G2-item-realtime',
    [
      [2, 9, 'rx'],
      [0, 9, 'ry ax1'],
      [0, 1, 'ay1'],
      [2, 9, 'rx1'],
      [2, 9, 'ry1'],
    ],
  ],
];

describe('anomalies by hand', () => {
  it.each(anomalies)('calls %s by its name', (name, lines) => {
    const { anomalies: found, report } = checkListAppend(history(lines));
    expect([found.map((one) => one.name), report]).toEqual([expect.arrayContaining([name]), report]);
  });

  it('holds a store only to what it promised', () => {
    const skew = history([
      [0, 9, 'rx ay1'],
      [0, 9, 'ry ax1'],
      [0, 9, 'rx1'],
      [0, 9, 'ry1'],
    ]);
    expect(checkListAppend(skew, { level: 'strong-snapshot-isolation' }).isValid).toBe(true);
    expect(checkListAppend(skew, { level: 'serializable' }).isValid).toBe(false);
    const stale = history([
      [0, 1, 'ax1'],
      [2, 3, 'rx'],
      [4, 5, 'rx1'],
    ]);
    expect(checkListAppend(stale, { level: 'serializable' }).isValid).toBe(true);
    expect(checkListAppend(stale, { level: 'strong-snapshot-isolation' }).isValid).toBe(false);
    expect(checkListAppend(stale, { slackMs: 1 }).isValid).toBe(true);
  });

  it('allows what is in doubt to have happened, at any time, or not', () => {
    expect(
      checkListAppend(
        history([
          [0, 1, 'ax1', 'info'],
          [2, 3, 'rx'],
          [4, 5, 'rx1'],
        ]),
      ).isValid,
    ).toBe(true);
    expect(
      checkListAppend(
        history([
          [0, 1, 'ax1', 'info'],
          [2, 3, 'rx'],
        ]),
      ).isValid,
    ).toBe(true);
    // But once seen it stays, and all of it.
    expect(
      checkListAppend(
        history([
          [0, 1, 'ax1', 'info'],
          [2, 3, 'rx1'],
          [4, 5, 'rx'],
        ]),
      ).isValid,
    ).toBe(false);
    expect(
      checkListAppend(
        history([
          [0, 1, 'ax1 ay2', 'info'],
          [2, 3, 'rx1 ry'],
          [4, 5, 'ry2'],
        ]),
      ).isValid,
    ).toBe(false);
  });

  it('tells the smallest cycle as a story', () => {
    const lines: Line[] = [
      [0, 1, 'ax1'],
      [2, 3, 'ax2 rx12'],
      [4, 5, 'ax3'],
      [6, 7, 'rx1'],
      [8, 9, 'rx123'],
    ];
    expect(checkListAppend(history(lines)).report).toBe(
      [
        'NOT VALID at strict-serializable: 5 transactions acknowledged, 0 aborted, 0 in doubt, 3 reads',
        'G-single-realtime: 2 transactions that no order explains; rules out strong-snapshot-isolation, strict-serializable',
        '  T3 (process 3, 6 ms to 7 ms, ok): read x as [1]',
        '  T1 (process 1, 2 ms to 3 ms, ok): append 2 to x, read x as [1 2]',
        '  - T3 comes before T1: T3 read x up to 1 and missed 2, which T1 appended (rw)',
        '  - T1 comes before T3: it was acknowledged at 3 ms, and T3 began at 6 ms (real time)',
        '  So T3 would have to come before itself.',
      ].join('\n'),
    );
  });

  it('takes what lasted for the history, also when the lost branch is longer', () => {
    const lines: Line[] = [
      [0, 1, 'ax1'],
      [2, 3, 'ax2 ax3'],
      [4, 5, 'rx123'],
      [6, 7, 'ax4'],
      [8, 9, 'rx14'],
    ];
    const found = checkListAppend(history(lines)).anomalies.map(({ name, transactions }) => [
      name,
      ...transactions,
    ]);
    expect(found).toEqual([
      ['incompatible-order', 2, 4],
      ['lost-append', 1, 4],
      ['lost-append', 1, 4],
    ]);
  });

  it('finds a long fork beside a write skew that is shorter', () => {
    const fork: Line[] = [
      [0, 9, 'rx ay1 rp1 rq'],
      [0, 9, 'ry ax1'],
      [0, 9, 'rq1 rp'],
      [0, 9, 'ap1'],
      [0, 9, 'aq1'],
      [10, 11, 'rx1 ry1 rp1 rq1'],
    ];
    const names = checkListAppend(history(fork)).anomalies.map(({ name }) => name);
    expect(names).toContain('G-nonadjacent');
  });

  it('refuses loads from which nothing can be inferred', () => {
    expect(() =>
      checkListAppend(
        history([
          [0, 1, 'ax1'],
          [2, 3, 'ax1'],
        ]),
      ),
    ).toThrow(/unique/);
  });
});
