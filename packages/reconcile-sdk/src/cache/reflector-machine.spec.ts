import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSeededRandom } from '../clock/index.ts';
import {
  initialReflectorState,
  nextReflectorState,
  waitMs,
  type FailureCause,
  type ReflectorOutcome,
  type ReflectorState,
} from './reflector-machine.ts';

const base = { failures: 0, streams: true, refreshed: false } as const;
const watching: ReflectorState = { ...base, action: 'watch', resourceVersion: '7', doubtful: false };
const streaming: ReflectorState = { ...base, action: 'stream' };
const failed = (cause: FailureCause, resourceVersion?: string): ReflectorOutcome => ({
  kind: 'failed',
  cause,
  resourceVersion,
  livedMs: 10,
});
const ended = (livedMs: number, stalled = false): ReflectorOutcome => ({
  kind: 'watch-ended',
  resourceVersion: '9',
  livedMs,
  stalled,
});

describe('the reflector', () => {
  const table: [
    what: string,
    from: ReflectorState,
    outcome: ReflectorOutcome,
    to: Partial<ReflectorState> & object,
  ][] = [
    ['watches on when the server ends the watch', watching, ended(400_000), { action: 'watch', failures: 0 }],
    ['watches on when it ends the stream of contents', streaming, ended(400_000), { action: 'watch' }],
    [
      'does not hammer a server that ends every watch at once',
      watching,
      ended(5),
      { action: 'wait', failures: 1 },
    ],
    [
      'looks whether the server went back after a stall',
      watching,
      ended(70_000, true),
      { action: 'watch', doubtful: true, failures: 0 },
    ],
    [
      'takes fresh contents at once on the first 410',
      watching,
      failed('gone', '9'),
      { action: 'stream', failures: 0, refreshed: true },
    ],
    [
      'waits on the next 410',
      { ...watching, refreshed: true },
      failed('gone', '9'),
      { action: 'wait', then: { action: 'stream' } },
    ],
    [
      'takes fresh contents when the server went back',
      watching,
      failed('back', '9'),
      { action: 'stream', failures: 0, refreshed: true },
    ],
    [
      'takes fresh contents after nonsense',
      watching,
      failed('data', '9'),
      { action: 'wait', then: { action: 'stream' } },
    ],
    [
      'goes on with pages where contents are not streamed, without waiting',
      streaming,
      failed('no-stream', undefined),
      { action: 'list', continue: undefined, streams: false, failures: 0 },
    ],
    [
      'looks who answers after a failure',
      watching,
      failed('other', '9'),
      { action: 'wait', then: { action: 'watch', resourceVersion: '9', doubtful: true }, why: 'failure' },
    ],
    [
      'begins again when the contents were not complete',
      streaming,
      failed('other', undefined),
      { action: 'wait', then: { action: 'stream' } },
    ],
    [
      'waits as long as asked for a server that is behind',
      watching,
      { ...failed('ahead', '9'), retryAfterMs: 1_000 } as ReflectorOutcome,
      { action: 'wait', then: { action: 'watch', resourceVersion: '9', doubtful: true }, leastMs: 1_000 },
    ],
    ['waits for people', streaming, failed('blocked', undefined), { action: 'wait', why: 'blocked' }],
    [
      'begins again with the first page when a page has expired',
      { ...base, streams: false, action: 'list', continue: 'c' },
      failed('gone', undefined),
      { action: 'list', continue: undefined },
    ],
    [
      'walks the pages',
      { ...base, streams: false, action: 'list', continue: undefined },
      { kind: 'page', continue: 'c' },
      { action: 'list', continue: 'c' },
    ],
    [
      'watches from the list’s resourceVersion',
      { ...base, streams: false, action: 'list', continue: 'c' },
      { kind: 'listed', resourceVersion: '7' },
      { action: 'watch', resourceVersion: '7', doubtful: false },
    ],
  ];
  it.each(table)('%s', (_what, from, outcome, to) => {
    expect(nextReflectorState(from, outcome)).toMatchObject(to);
  });

  it.each([
    [9_000, 6],
    [10_000, 3],
    [119_000, 3],
    [120_000, 1],
  ])('counts failures anew the longer a watch was good: %i ms', (livedMs, failures) => {
    const troubled: ReflectorState = { ...watching, failures: 5 };
    const outcome: ReflectorOutcome = { kind: 'failed', cause: 'other', resourceVersion: '9', livedMs };
    expect(nextReflectorState(troubled, outcome).failures).toBe(failures);
  });

  it('always has something to do, watches only what it has, and never waits longer than half a minute', () => {
    const causes: FailureCause[] = ['gone', 'ahead', 'back', 'blocked', 'no-stream', 'data', 'other'];
    const step = fc.record({
      cause: fc.option(fc.constantFrom(...causes), { nil: undefined }),
      livedMs: fc.nat(300_000),
      stalled: fc.boolean(),
      more: fc.boolean(),
      retryAfterMs: fc.option(fc.nat(100_000), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.nat(), (script, seed) => {
        const random = createSeededRandom(seed);
        let state = initialReflectorState(true);
        let known = false;
        for (const { cause, livedMs, stalled, more, retryAfterMs } of script) {
          if (state.action === 'watch') expect(known).toBe(true);
          if (state.action === 'wait') expect(waitMs(state, random, 0)).toBeLessThanOrEqual(30_000);
          if (state.action === 'stream') expect(state.streams).toBe(true);
          const version = state.action === 'watch' ? state.resourceVersion : undefined;
          let outcome: ReflectorOutcome;
          if (state.action === 'wait') outcome = { kind: 'waited' };
          else if (cause)
            outcome = { kind: 'failed', cause, resourceVersion: version, livedMs, retryAfterMs };
          else if (state.action === 'list')
            outcome = more ? { kind: 'page', continue: 'c' } : { kind: 'listed', resourceVersion: '1' };
          else outcome = { kind: 'watch-ended', resourceVersion: '1', livedMs, stalled };
          if (outcome.kind === 'listed' || outcome.kind === 'watch-ended') known = true;
          state = nextReflectorState(state, outcome);
        }
      }),
    );
  });

  it('looks a few times soon for what people have to give, then every half minute', () => {
    const random = createSeededRandom(3);
    const blocked = (failures: number): ReflectorState & { action: 'wait' } => ({
      action: 'wait',
      then: { action: 'stream' },
      why: 'blocked',
      leastMs: 0,
      failures,
      streams: true,
      refreshed: false,
    });
    expect(waitMs(blocked(1), random, 0)).toBeLessThan(800);
    for (let failures = 6; failures < 50; failures++) {
      expect(waitMs(blocked(failures), random, 0)).toBeGreaterThanOrEqual(27_000);
    }
  });

  it('hurries just before a silence is too long, and neither sooner nor later', () => {
    const random = createSeededRandom(5);
    const state: ReflectorState & { action: 'wait' } = {
      action: 'wait',
      then: { action: 'stream' },
      why: 'failure',
      leastMs: 0,
      failures: 20,
      streams: true,
      refreshed: false,
    };
    const longest = (silentMs: number): number =>
      Math.max(...Array.from({ length: 500 }, () => waitMs(state, random, silentMs)));
    expect(longest(0)).toBeGreaterThan(29_000);
    // A wait that begins before the hurry does not reach far into it.
    expect(50_000 + longest(50_000)).toBeLessThanOrEqual(60_000);
    for (const silentMs of [59_000, 60_000, 75_000, 89_999])
      expect(longest(silentMs)).toBeLessThanOrEqual(1_500);
    // An outage: nobody adds to it.
    expect(longest(90_000)).toBeGreaterThan(29_000);
  });
});
