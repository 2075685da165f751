import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSeededRandom } from '@stateful/reconcile-sdk';
import { registerFaults, simulateRegister } from '../simulate/register.ts';
import { checkRegister } from './check.ts';
import { type Content, type RegisterEvent } from './register.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const sizes = fc.record({
  processes: fc.integer({ min: 1, max: 8 }),
  keys: fc.integer({ min: 1, max: 3 }),
  failRate: fc.constantFrom(0, 0.1),
  unknownRate: fc.constantFrom(0, 0.05),
});

/** A small history of one register in any shape, right or wrong. */
const small = fc
  .array(
    fc.record({
      start: fc.integer({ min: 0, max: 6 }),
      length: fc.integer({ min: 1, max: 6 }),
      f: fc.constantFrom('read' as const, 'write' as const, 'cas' as const),
      one: fc.constantFrom<Content>(null, 1, 2),
      other: fc.constantFrom(1, 2),
      type: fc.constantFrom('ok' as const, 'ok' as const, 'ok' as const, 'info' as const, 'fail' as const),
      applied: fc.boolean(),
    }),
    { maxLength: 6 },
  )
  .map((lines) =>
    lines.flatMap(({ start, length, f, one, other, type, applied }, process): RegisterEvent[] => {
      const asked = { read: {}, write: { value: other }, cas: { from: one, to: other } }[f];
      const answer = { read: { value: one }, write: {}, cas: { applied } }[f];
      const value = { key: 'x', ...asked };
      return [
        { process, type: 'invoke', f, value, time: start },
        { process, type, f, value: type === 'ok' ? { ...value, ...answer } : value, time: start + length },
      ];
    }),
  );

/** The definition, tried out: every order of every choice of operations. */
function isLinearizable(events: readonly RegisterEvent[]): boolean {
  const all = events.flatMap((event, index) =>
    event.type === 'invoke' ? [[event, events[index + 1]!] as const] : [],
  );
  const place = (state: Content, left: typeof all): boolean =>
    left.every(([, answer]) => answer.type !== 'ok') ||
    left.some((pair) => {
      const [{ f, value, time }, answer] = pair;
      if (answer.type === 'fail') return false;
      if (left.some(([, other]) => other.type === 'ok' && other.time < time)) return false;
      const isOk = answer.type === 'ok';
      const rest = left.filter((one) => one !== pair);
      if (f === 'read') return (!isOk || answer.value.value === state) && place(state, rest);
      if (f === 'write') return place(value.value!, rest);
      const isEqual = value.from === state;
      if (isOk && answer.value.applied !== isEqual) return false;
      return place(isEqual ? value.to! : state, rest);
    });
  return place(null, all);
}

describe('checkRegister', () => {
  it('agrees with the definition on small histories', () => {
    const counts = { linearizable: 0, impossible: 0, unknown: 0 };
    fc.assert(
      fc.property(small, (events) => {
        const { verdict } = checkRegister(events);
        counts[verdict]++;
        expect(verdict).toBe(isLinearizable(events) ? 'linearizable' : 'impossible');
      }),
      { numRuns: 3000 },
    );
    expect(counts.unknown).toBe(0);
    expect(Math.min(counts.linearizable, counts.impossible)).toBeGreaterThan(300);
  });

  it('accepts every history of a linearizable store', () => {
    fc.assert(
      fc.property(seeds, sizes, fc.constantFrom(0, 4), (seed, size, contents) => {
        const { events } = simulateRegister({ random: createSeededRandom(seed), ...size, contents });
        expect(checkRegister(events).report).toMatch(/^linearizable: .*$/);
      }),
      { numRuns: 100 },
    );
  });

  it.each(registerFaults)('finds every planted %s', (fault) => {
    fc.assert(
      fc.property(seeds, sizes, (seed, size) => {
        const { events } = simulateRegister({
          random: createSeededRandom(seed),
          ...size,
          fault,
          operations: 100,
        });
        expect(checkRegister(events).verdict).toBe('impossible');
      }),
      { numRuns: 60 },
    );
  });

  it('says the same whatever order the events came in', () => {
    fc.assert(
      fc.property(seeds, sizes, fc.constantFrom(undefined, ...registerFaults), (seed, size, fault) => {
        const random = createSeededRandom(seed);
        const { events } = simulateRegister({ random, ...size, operations: 60, ...(fault ? { fault } : {}) });
        const shuffled = events
          .map((event) => ({ event, at: random.next() }))
          .sort((a, b) => a.at - b.at)
          .map(({ event }) => event);
        expect(checkRegister(shuffled)).toEqual(checkRegister(events));
      }),
      { numRuns: 50 },
    );
  });

  it('says that it does not know when its budget is spent', () => {
    const { events } = simulateRegister({ random: createSeededRandom(1), keys: 1 });
    const { verdict, report } = checkRegister(events, { budget: 10 });
    expect(verdict).toBe('unknown');
    expect(report).toContain('NOT a pass');
  });

  it('tells the shortest part that cannot be', () => {
    const { events } = simulateRegister({
      random: createSeededRandom(3),
      operations: 0,
      keys: 1,
      fault: 'stale-read',
    });
    expect(checkRegister(events).report).toBe(
      [
        'impossible: 4 operations on 1 keys',
        'k0: 1 and 2 were written once each, yet 2 was there amid 1:',
        '  write 1 (process s1, 1 ms to 2 ms)',
        '  write 2 (process s1, 3 ms to 4 ms)',
        '  read 1 (process s2, 5 ms to 6 ms)',
        '  read 2 (process s1, 7 ms to 8 ms)',
      ].join('\n'),
    );
    const again = { key: 'k0', value: 1 };
    const twice: RegisterEvent[] = [
      { process: 'x', type: 'invoke', f: 'write', value: again, time: -2 },
      { process: 'x', type: 'ok', f: 'write', value: again, time: -1 },
      ...events,
    ];
    expect(checkRegister(twice).report).toBe(
      [
        'impossible: 5 operations on 1 keys',
        'k0: no order explains this part of its history. The longest order found:',
        '  write 1 (process x, -2 ms to -1 ms)',
        '  write 1 (process s1, 1 ms to 2 ms)',
        '  write 2 (process s1, 3 ms to 4 ms)',
        '  leaves 2 in the register, and then there is no place for',
        '  - read 1 (process s2, 5 ms to 6 ms)',
      ].join('\n'),
    );
  });

  it('lets the first content come back', () => {
    const steps = [
      ['read', 1],
      ['write', 2],
      ['read', 2],
      ['write', 1],
      ['read', 1],
    ] as const;
    const events = steps.flatMap(([f, value], index): RegisterEvent[] => [
      {
        process: 1,
        type: 'invoke',
        f,
        value: f === 'read' ? { key: 'x' } : { key: 'x', value },
        time: index * 2,
      },
      { process: 1, type: 'ok', f, value: { key: 'x', value }, time: index * 2 + 1 },
    ]);
    expect(checkRegister(events, { initial: 1 }).verdict).toBe('linearizable');
    expect(checkRegister(events).verdict).toBe('impossible');
  });

  it('needs no search for a stale read of what was written once, however long the history', () => {
    const size = { operations: 2000, processes: 20, unknownRate: 0.2, keys: 1 };
    const { events } = simulateRegister({ random: createSeededRandom(5), ...size, fault: 'stale-read' });
    expect(checkRegister(events, { budget: 0 }).verdict).toBe('impossible');
  });
});
