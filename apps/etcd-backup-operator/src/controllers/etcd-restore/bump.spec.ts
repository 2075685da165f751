import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bumpOf, type HighWater } from './bump.ts';

const auto = { policy: 'Auto', slackPercent: 120 } as const;
const now = Date.parse('2026-01-01T00:00:00Z');

describe('by how much revisions are raised', () => {
  it('is a thousand million when nothing is known', () => {
    expect(bumpOf(auto, 100, [], now)).toMatchObject({ bump: 1_000_000_000 });
    expect(bumpOf(auto, 100, [], now).highWater).toBeUndefined();
  });

  it('takes what was seen on to now, at the rate at which it was written', () => {
    const seen = { revision: 1_000_000, observedAt: now - 3_600_000, writesPerSecond: 100 };
    expect(bumpOf(auto, 900_000, [seen], now).highWater).toBe(1_360_000);
  });

  it('counts entries of the log, which are never fewer than changes', () => {
    expect(bumpOf(auto, 1, [{ revision: 5, raftIndex: 500, observedAt: now }], now).highWater).toBe(500);
  });

  it.each(['Fixed', 'None'] as const)('is as the spec says with policy %s', (policy) => {
    const spec = { policy, slackPercent: 120, ...(policy === 'Fixed' ? { bump: 7 } : {}) };
    expect(bumpOf(spec, 1, [], now).bump).toBe(policy === 'Fixed' ? 7 : undefined);
  });

  const water = fc.record({
    revision: fc.nat(2 ** 40),
    raftIndex: fc.option(fc.nat(2 ** 40), { nil: undefined }),
    observedAt: fc.integer({ min: now - 30 * 86_400_000, max: now }),
    writesPerSecond: fc.nat(10_000),
  }) as fc.Arbitrary<HighWater>;
  it('always leads beyond all that was seen', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.array(water, { minLength: 1, maxLength: 4 }), (saved, seen) => {
        const { bump = 0, highWater = 0 } = bumpOf(auto, saved, seen, now);
        return saved + bump > highWater && seen.every(({ revision }) => saved + bump > revision);
      }),
    );
  });
});
