import { describe, expect, it } from '@jest/globals';
import { createLatencies } from './latencies.ts';

describe('latencies', () => {
  it('are from the answer to the sight', () => {
    const latencies = createLatencies();
    latencies.sent('a', 1);
    latencies.answered('a', 1, 100);
    expect(latencies.missing()).toBe(1);
    latencies.seen('a', 1, 107);
    expect(latencies.values()).toEqual([7]);
    expect(latencies.missing()).toBe(0);
  });

  it('count an effect that overtakes the answer', () => {
    const latencies = createLatencies();
    latencies.sent('a', 1);
    latencies.seen('a', 1, 98);
    latencies.answered('a', 1, 100);
    expect(latencies.values()).toEqual([-2]);
  });

  it('take a later value for those before it, and no earlier one for those after it', () => {
    const latencies = createLatencies();
    for (const sequence of [1, 2, 3]) {
      latencies.sent('a', sequence);
      latencies.answered('a', sequence, 100 * sequence);
    }
    latencies.seen('a', 2, 250);
    expect(latencies.values()).toEqual([150, 50]);
    expect(latencies.missing()).toBe(1);
  });

  it('count each change once, and what failed not at all', () => {
    const latencies = createLatencies();
    latencies.sent('a', 1);
    latencies.sent('b', 2);
    latencies.failed('b', 2);
    latencies.answered('a', 1, 0);
    latencies.seen('a', 1, 5);
    latencies.seen('a', 1, 50);
    expect(latencies.values()).toEqual([5]);
    expect(latencies.missing()).toBe(0);
  });
});
