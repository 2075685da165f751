import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSeededRandom } from '@stateful/reconcile-sdk';
import { simulateListAppend } from '../simulate/list-append.ts';
import { listFaults, type ListFault } from '../simulate/list-faults.ts';
import { checkListAppend } from './check.ts';
import { type AnomalyName } from './levels.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const sizes = fc.record({
  processes: fc.integer({ min: 1, max: 12 }),
  keys: fc.integer({ min: 2, max: 5 }),
  steps: fc.integer({ min: 1, max: 6 }),
  failRate: fc.constantFrom(0, 0.1),
  unknownRate: fc.constantFrom(0, 0.1, 0.4),
});
/** By one of these names each planted fault must be called. */
const names: Record<ListFault, readonly AnomalyName[]> = {
  'lost-append': ['lost-append'],
  'stale-read': ['G-single-realtime', 'G-single'],
  'split-brain': ['lost-append'],
  'dirty-read': ['G1a'],
  'torn-transaction': ['lost-append', 'G-single', 'G1c', 'G0'],
  'double-apply': ['duplicate-element'],
  'write-skew': ['G2-item'],
};

describe('checkListAppend', () => {
  it('accepts every history of a strictly serializable store', () => {
    fc.assert(
      fc.property(seeds, sizes, (seed, size) => {
        const { events } = simulateListAppend({ random: createSeededRandom(seed), ...size });
        expect(checkListAppend(events).report).toMatch(/^valid .*$/);
      }),
      { numRuns: 150 },
    );
  });

  it.each(listFaults)('finds every planted %s', (fault) => {
    let planted = 0;
    fc.assert(
      fc.property(seeds, sizes, (seed, size) => {
        const history = simulateListAppend({
          random: createSeededRandom(seed),
          ...size,
          failRate: 0.1,
          fault,
        });
        if (history.planted === undefined) return;
        planted++;
        const verdict = checkListAppend(history.events);
        expect(verdict.isValid).toBe(false);
        const found = verdict.anomalies.map(({ name }) => name);
        if (!found.some((name) => names[fault].includes(name))) {
          throw new Error(`${history.planted}, but found ${found.join(', ')}\n${verdict.report}`);
        }
      }),
      { numRuns: 100 },
    );
    expect(planted).toBeGreaterThan(40);
  });

  it('says the same whatever order the events came in', () => {
    fc.assert(
      fc.property(seeds, sizes, fc.constantFrom(undefined, ...listFaults), (seed, size, fault) => {
        const random = createSeededRandom(seed);
        const { events } = simulateListAppend({
          random,
          ...size,
          transactions: 60,
          ...(fault ? { fault } : {}),
        });
        const shuffled = events
          .map((event) => ({ event, at: random.next() }))
          .sort((a, b) => a.at - b.at)
          .map(({ event }) => event);
        expect(checkListAppend(shuffled)).toEqual(checkListAppend(events));
      }),
      { numRuns: 100 },
    );
  });
});
