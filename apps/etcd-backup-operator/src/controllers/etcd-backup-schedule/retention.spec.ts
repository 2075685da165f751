import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { periodsOf } from './periods.ts';
import { planRetention, type Kept, type Retention } from './retention.ts';

const zones = ['Etc/UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Apia', 'Australia/Lord_Howe'];
const now = Date.UTC(2026, 10, 24);
const dayMs = 86_400_000;

const histories = fc
  .array(
    fc.record({
      time: fc.integer({ min: now - 800 * dayMs, max: now }),
      bytes: fc.integer({ min: 1, max: 1000 }),
      isVerified: fc.boolean(),
      isHeld: fc.boolean(),
      lock: fc.option(fc.integer({ min: now - dayMs, max: now + dayMs }), { nil: undefined }),
    }),
    { maxLength: 40 },
  )
  .map((list) =>
    list.map(({ lock, ...rest }, index): Kept => ({
      ...rest,
      name: `b${String(index).padStart(2, '0')}`,
      ...(lock === undefined ? {} : { lockedUntil: lock }),
    })),
  );
const few = fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined });
const retentions = fc.record({
  keepLast: few,
  keepHourly: few,
  keepDaily: few,
  keepWeekly: few,
  keepMonthly: few,
  keepYearly: few,
  keepWithinSeconds: fc.option(fc.integer({ min: 0, max: 40 * 86_400 }), { nil: undefined }),
  maxTotalBytes: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
  keepVerifiedMin: fc.integer({ min: 1, max: 4 }),
  maxDeletesPerRun: fc.constantFrom(1, 3, 1000),
}) as unknown as fc.Arbitrary<Retention>;

/** The model: asks of each backup by itself whether a rule keeps it, by counting those that are newer. */
function isKeptByRule(backup: Kept, all: readonly Kept[], retention: Retention, timeZone: string): boolean {
  const newer = all.filter(
    (other) => other.time > backup.time || (other.time === backup.time && other.name > backup.name),
  );
  if (newer.length < (retention.keepLast ?? 0)) return true;
  if (retention.keepWithinSeconds !== undefined && now - backup.time <= retention.keepWithinSeconds * 1000)
    return true;
  const periods = [
    ['hour', retention.keepHourly],
    ['day', retention.keepDaily],
    ['week', retention.keepWeekly],
    ['month', retention.keepMonthly],
    ['year', retention.keepYearly],
  ] as const;
  const byPeriod = periods.some(([period, count]) => {
    const mine = periodsOf(backup.time, timeZone)[period];
    const theirs = new Set(newer.map(({ time }) => periodsOf(time, timeZone)[period]));
    return !theirs.has(mine) && theirs.size < (count ?? 0);
  });
  const isRuled =
    retention.keepLast !== undefined ||
    retention.keepWithinSeconds !== undefined ||
    periods.some(([, count]) => count !== undefined);
  return byPeriod || !isRuled;
}

describe('planRetention', () => {
  it('scenario 18: is as the model says, and never goes below its floors, in 10,000 histories', () => {
    fc.assert(
      fc.property(histories, retentions, fc.constantFrom(...zones), (backups, retention, timeZone) => {
        const plan = planRetention(backups, retention, { now, timeZone });
        const gone = new Set([...plan.delete, ...plan.blocked.map(({ name }) => name)]);
        const byName = new Map(backups.map((backup) => [backup.name, backup]));
        const verified = backups.filter(({ isVerified }) => isVerified);
        const left = backups.filter(({ name }) => !plan.delete.includes(name));
        // Floors.
        expect(left.filter(({ isVerified }) => isVerified).length).toBeGreaterThanOrEqual(
          Math.min(verified.length, retention.keepVerifiedMin),
        );
        const newest = Math.max(...backups.map(({ time }) => time));
        if (backups.length > 0) expect(left.some(({ time }) => time === newest)).toBe(true);
        // Nothing that is held, locked or kept goes, and not too many at once.
        expect(plan.delete.length).toBeLessThanOrEqual(retention.maxDeletesPerRun);
        for (const name of plan.delete) {
          const backup = byName.get(name)!;
          expect(backup.isHeld || (backup.lockedUntil ?? 0) > now).toBe(false);
          if (retention.maxTotalBytes === undefined) {
            expect(isKeptByRule(backup, backups, retention, timeZone)).toBe(false);
          }
        }
        // And whatever no rule or floor keeps goes.
        for (const { name, reasons } of plan.keep) {
          expect(gone.has(name)).toBe(false);
          const isFloor = reasons.includes('newest') || reasons.includes('verified');
          expect(isFloor || isKeptByRule(byName.get(name)!, backups, retention, timeZone)).toBe(true);
        }
        if (retention.maxDeletesPerRun === 1000) {
          expect(plan.keep.length + gone.size).toBe(backups.length);
        }
      }),
      { numRuns: 10_000 },
    );
  }, 120_000);

  it('comes to rest: what is left is planned to stay', () => {
    fc.assert(
      fc.property(histories, retentions, fc.constantFrom(...zones), (backups, retention, timeZone) => {
        let left: readonly Kept[] = backups;
        for (let run = 0; run < 100; run++) {
          const plan = planRetention(left, retention, { now, timeZone });
          if (plan.delete.length === 0) return;
          left = left.filter(({ name }) => !plan.delete.includes(name));
        }
        throw new Error('it does not come to rest');
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  it('does not look at the order in which backups are listed', () => {
    fc.assert(
      fc.property(histories, retentions, (backups, retention) => {
        const at = { now, timeZone: 'Europe/Berlin' };
        expect(planRetention(backups.toReversed(), retention, at)).toEqual(
          planRetention(backups, retention, at),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('keeps hours apart that have the same name in autumn', () => {
    const first = periodsOf(Date.UTC(2026, 9, 25, 0, 30), 'Europe/Berlin');
    const second = periodsOf(Date.UTC(2026, 9, 25, 1, 30), 'Europe/Berlin');
    expect(first.hour).not.toBe(second.hour);
    expect(first.day).toBe(second.day);
  });
});
