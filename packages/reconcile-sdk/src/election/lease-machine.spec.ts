import { describe, expect, it } from '@jest/globals';
import {
  blankMemory,
  requestTimeoutMs,
  stepLease,
  type LeaseAct,
  type LeaseEvent,
  type LeaseMemory,
  type LeaseView,
  type Moment,
} from './lease-machine.ts';

const times = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };
const lease: LeaseView = {
  holder: 'a',
  resourceVersion: '1',
  transitions: 4,
  durationMs: 15_000,
  acquireTime: 'a-took-it',
};
const wall = 'now';

/** Runs events at their moments and gives the last act. */
function play(
  events: readonly [now: number, event: LeaseEvent, mainLoop?: Moment['mainLoop']][],
  me = 'b',
  memory: LeaseMemory = blankMemory,
): { act: LeaseAct | undefined; memory: LeaseMemory } {
  let act: LeaseAct | undefined;
  for (const [now, event, mainLoop = 'responsive'] of events) {
    ({ act, memory } = stepLease(me, times, memory, event, { now, wall, random: 0, mainLoop }));
  }
  return { act, memory };
}
const due: LeaseEvent = { kind: 'due' };
const read = (found: LeaseView | undefined): LeaseEvent => ({ kind: 'read', lease: found });
const written = (sentAt: number, change: Partial<LeaseView> = {}): LeaseEvent => ({
  kind: 'written',
  sentAt,
  lease: { ...lease, holder: 'b', transitions: 5, acquireTime: wall, resourceVersion: '2', ...change },
});
const released = { ...lease, holder: '' };
/** Has won term 5, asked for at 100, granted at 200. */
const won: [number, LeaseEvent][] = [
  [0, due],
  [50, read(released)],
  [200, written(100)],
];

describe('a candidate', () => {
  it('looks first, creates what does not exist, takes what was released', () => {
    expect(play([[0, due]]).act).toEqual({ do: 'read' });
    expect(play([[0, read(undefined)]]).act).toMatchObject({
      do: 'write',
      write: { resourceVersion: undefined, holder: 'b', transitions: 0, acquireTime: wall },
    });
    expect(play([[0, read(released)]]).act).toMatchObject({
      do: 'write',
      write: { resourceVersion: '1', holder: 'b', transitions: 5 },
    });
  });

  it('waits for the whole duration since the last change that it saw, by its own clock', () => {
    const seen: [number, LeaseEvent][] = [
      [100, read(lease)],
      [10_000, read(lease)],
    ];
    expect(play([...seen, [15_099, read(lease)]]).act).toEqual({ do: 'wait', ms: 1, holder: 'a' });
    expect(play([...seen, [15_100, read(lease)]]).act).toMatchObject({ do: 'write' });
    const renewed = { ...lease, resourceVersion: '2' };
    expect(play([...seen, [15_000, read(renewed)], [15_100, read(renewed)]]).act).toMatchObject({
      do: 'wait',
    });
  });

  it('waits as long when the Lease was deleted: its holder may not know yet', () => {
    const seen: [number, LeaseEvent] = [100, read(lease)];
    expect(play([seen, [5_000, read(undefined)]]).act).toMatchObject({ do: 'wait' });
    expect(play([seen, [15_100, read(undefined)]]).act).toMatchObject({
      do: 'write',
      write: { resourceVersion: undefined, transitions: 5 },
    });
  });

  it('does not take the Lease for its own because of the name in it', () => {
    expect(play([[0, read(lease)]], 'a').act).toMatchObject({ do: 'wait' });
  });

  it('knows a claim whose answer was lost, and makes a new one at once', () => {
    const { act } = play([
      [0, read(released)],
      [100, { kind: 'failed', sentAt: 10 }],
      [2_000, due],
      [2_010, read({ ...lease, holder: 'b', transitions: 5, acquireTime: wall, resourceVersion: '2' })],
    ]);
    expect(act).toMatchObject({ do: 'write', write: { resourceVersion: '2', transitions: 6 } });
  });

  it('takes nothing while its main loop is busy', () => {
    expect(play([[0, read(released), 'busy']]).act).toMatchObject({ do: 'wait', ms: 2_000 });
  });

  it('has not won when the answer came after all that was won', () => {
    const late = play([
      [0, read(released)],
      [10_100, written(100)],
    ]);
    expect(late.memory.term).toBeUndefined();
    expect(late.act).toEqual({ do: 'read' });
  });
});

describe('a leader', () => {
  it('counts its term from before the request was sent, and renews every retryMs without looking', () => {
    const { memory, act } = play(won);
    expect(memory.term).toEqual({ epoch: 5, validUntil: 10_100 });
    expect(act).toEqual({ do: 'wait', ms: 1_900 });
    const renewing = play([[2_100, due]], 'b', memory);
    expect(renewing.act).toMatchObject({ do: 'write', write: { resourceVersion: '2', transitions: 5 } });
    const renewed = play([[2_200, written(2_100, { resourceVersion: '3' })]], 'b', renewing.memory);
    expect(renewed.memory.term).toEqual({ epoch: 5, validUntil: 12_100 });
  });

  it('looks when its write was refused, once, and goes on if only others’ fields changed', () => {
    const labelled = { ...lease, holder: 'b', transitions: 5, acquireTime: wall, resourceVersion: '7' };
    const refused = play([...won, [2_100, due], [2_110, { kind: 'refused' }]]);
    expect(refused.act).toEqual({ do: 'read' });
    const again = play([[2_120, read(labelled)]], 'b', refused.memory);
    expect(again.act).toMatchObject({ do: 'write', write: { resourceVersion: '7' } });
    expect(play([[2_130, { kind: 'refused' }]], 'b', again.memory).act).toMatchObject({ do: 'wait' });
  });

  it('is none when another holds the Lease, holds it in its name, or has deleted it', () => {
    const lost = (found: LeaseView | undefined) =>
      play([...won, [2_100, due], [2_110, { kind: 'refused' }], [2_120, read(found)]]);
    expect(lost(lease).act).toEqual({ do: 'end', end: { kind: 'taken', by: 'a' } });
    expect(lost({ ...lease, holder: 'b', transitions: 6 }).act).toMatchObject({ do: 'end' });
    expect(lost(undefined).act).toEqual({ do: 'end', end: { kind: 'deleted' } });
    expect(lost(undefined).memory.term).toBeUndefined();
  });

  it('is none at its deadline, and an answer after it does not bring the term back', () => {
    const failed = play([...won, [2_100, due], [6_000, { kind: 'failed', sentAt: 2_100 }]]);
    // What hung is tried again at once.
    expect(failed.act).toEqual({ do: 'wait', ms: 1 });
    expect(play([[10_100, due]], 'b', failed.memory).act).toEqual({ do: 'end', end: { kind: 'expired' } });
    const late = play([...won, [2_100, due], [10_100, written(2_100)]]);
    expect(late.act).toEqual({ do: 'end', end: { kind: 'expired' } });
    expect(late.memory.term).toBeUndefined();
    // What it has written itself it need not wait for.
    const again = play(
      [
        [10_200, due],
        [10_300, read(late.memory.seen?.lease)],
      ],
      'b',
      late.memory,
    );
    expect(again.act).toMatchObject({ do: 'write', write: { transitions: 6 } });
  });

  it('does not renew for a main loop that hangs, and goes on when it is back', () => {
    expect(play([...won, [2_100, due, 'busy']]).act).toMatchObject({ do: 'write' });
    expect(play([...won, [2_100, due, 'stalled']]).act).toEqual({ do: 'wait', ms: 2_000 });
    expect(play([...won, [2_100, due, 'stalled'], [4_100, due]]).act).toMatchObject({ do: 'write' });
    expect(play([...won, [2_100, due, 'stalled'], [10_100, due, 'stalled']]).act).toEqual({
      do: 'end',
      end: { kind: 'stalled' },
    });
  });
});

describe('requestTimeoutMs', () => {
  it('leaves room for a second try before the deadline, and ends with the term', () => {
    expect(requestTimeoutMs(times, undefined, 0)).toBe(4_000);
    expect(requestTimeoutMs(times, { epoch: 1, validUntil: 10_000 }, 9_000)).toBe(1_000);
  });
});
