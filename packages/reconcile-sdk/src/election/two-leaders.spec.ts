import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSeededRandom } from '../clock/index.ts';
import { type Lease } from '../client/resource.ts';
import { createLeaseStore } from '../../test/election/lease-store.ts';
import {
  blankMemory,
  requestTimeoutMs,
  stepLease,
  type LeaseEvent,
  type LeaseMemory,
} from './lease-machine.ts';
import { leaseWith, viewOf } from './lease-record.ts';

const times = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

interface Candidate {
  name: string;
  memory: LeaseMemory;
  /** The end of its last term by its own clock; its work may be stalled, so it ends no earlier. */
  fence: { epoch: number; validUntil: number } | undefined;
  clock: (real: number) => number;
  raw: Lease | undefined;
}

/**
 * Three processes whose clocks start and run differently, over a network that loses requests and answers, and
 * delivers some of them long after their sender has given up; each may sleep at any moment. Gives how many terms
 * began while another still believed in its own.
 */
function simulate(seed: number, renewDeadlineMs: number): { overlaps: number; terms: number[] } {
  const random = createSeededRandom(seed);
  const store = createLeaseStore();
  const agenda: { at: number; run: (now: number) => void }[] = [];
  const later = (at: number, run: (now: number) => void): void => void agenda.push({ at, run });
  const chance = (share: number): boolean => random.next() < share;
  const terms: number[] = [];
  let overlaps = 0;

  const candidates = ['a', 'b', 'c'].map((name): Candidate => {
    const [start, rate] = [random.next() * 1e6, 0.99 + random.next() * 0.02];
    return {
      name,
      memory: blankMemory,
      fence: undefined,
      clock: (real) => start + real * rate,
      raw: undefined,
    };
  });

  function handle(me: Candidate, event: LeaseEvent, real: number): void {
    const now = me.clock(real);
    const config = { ...times, renewDeadlineMs };
    const before = me.memory.term;
    const { memory, act } = stepLease(me.name, config, me.memory, event, {
      now,
      wall: String(Math.round(real)),
      random: random.next(),
      mainLoop: 'responsive',
    });
    me.memory = memory;
    if (memory.term) {
      if (!before) {
        terms.push(memory.term.epoch);
        overlaps += candidates.filter(
          (other) => other !== me && other.fence && other.clock(real) < other.fence.validUntil,
        ).length;
      }
      me.fence = memory.term;
    }
    const nap = chance(0.05) ? random.next() * 30_000 : 0;
    if (act.do === 'wait') return later(real + act.ms + nap, (at) => handle(me, { kind: 'due' }, at));
    if (act.do === 'end') return later(real + random.next() * 5_000, (at) => handle(me, { kind: 'due' }, at));

    // One answer counts: the server's, or that there was none in time.
    const timeout = requestTimeoutMs(config, memory.term, now);
    let isOpen = true;
    const answer = (at: number, result: LeaseEvent): void =>
      later(at, (then) => {
        if (isOpen) handle(me, result, then);
        isOpen = false;
      });
    const body =
      act.do === 'write' ? leaseWith(me.raw, { namespace: 'ns', name: 'l' }, act.write) : undefined;
    answer(real + timeout + nap, { kind: 'failed', sentAt: now });
    const delay = (): number => (chance(0.1) ? random.next() * 20_000 : random.next() * 100);
    if (chance(0.1)) return;
    later(real + delay(), (at) => {
      const back = at + delay() + nap;
      const isLost = chance(0.1);
      if (!body) {
        const raw = store.get();
        if (!isLost) later(back, () => isOpen && (me.raw = raw));
        if (!isLost) answer(back, { kind: 'read', lease: raw && viewOf(raw) });
        return;
      }
      try {
        const raw = store.put(body);
        if (!isLost) later(back, () => isOpen && (me.raw = raw));
        if (!isLost) answer(back, { kind: 'written', lease: viewOf(raw), sentAt: now });
      } catch {
        if (!isLost) answer(back, { kind: 'refused' });
      }
    });
  }

  for (const each of candidates) later(random.next() * 1_000, (at) => handle(each, { kind: 'due' }, at));
  for (let steps = 0; steps < 3_000; steps++) {
    agenda.sort((x, y) => x.at - y.at);
    const next = agenda.shift()!;
    next.run(next.at);
  }
  return { overlaps, terms };
}

describe('whatever the network, the clocks and the scheduler do', () => {
  it('no term begins while another process believes in its own, and terms are numbered upwards', () => {
    let terms = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1 }), (seed) => {
        const result = simulate(seed, times.renewDeadlineMs);
        terms += result.terms.length;
        expect(result.overlaps).toBe(0);
        expect(result.terms).toEqual([...result.terms].sort((x, y) => x - y));
        expect(new Set(result.terms).size).toBe(result.terms.length);
      }),
      { numRuns: 100 },
    );
    // It would hold for processes that never lead, too.
    expect(terms).toBeGreaterThan(500);
  });

  it('would not hold with a deadline beyond the Lease’s duration', () => {
    const overlaps = Array.from({ length: 20 }, (_, seed) => simulate(seed, 25_000).overlaps);
    expect(overlaps.some((count) => count > 0)).toBe(true);
  });
});
