import { describe, expect, it } from '@jest/globals';
import { decideRun, hashedCron, slotAfter, type RunInput } from './slots.ts';

const at = (text: string): number => Date.parse(text);
const everyFive = (last: string, now: string, rest: Partial<RunInput> = {}) =>
  decideRun({
    cron: '*/5 * * * *',
    timeZone: 'Etc/UTC',
    last: at(last),
    now: at(now),
    missedRuns: 'RunOnce',
    ...rest,
  });

describe('hashedCron', () => {
  it('gives each schedule values of its own, and always the same', () => {
    const crons = Array.from({ length: 100 }, (_, index) => hashedCron('H 2 * * *', `uid-${index}`));
    expect(new Set(crons).size).toBeGreaterThan(40);
    expect(crons.every((cron) => /^\d{1,2} 2 \* \* \*$/.test(cron))).toBe(true);
    expect(hashedCron('H 2 * * *', 'uid-7')).toBe(crons[7]);
    expect(hashedCron('5 4 * * *', 'x')).toBe('5 4 * * *');
    for (const name of ['@hourly', '@daily', '@weekly', '@monthly']) {
      expect(slotAfter(hashedCron(name, 'x'), 'Europe/Berlin', 0)).toBeGreaterThan(0);
    }
  });
});

describe('decideRun (scenario 21, E-05)', () => {
  it('runs what is due once, and then waits for the next', () => {
    const first = everyFive('2026-11-24T10:00:00Z', '2026-11-24T10:05:00Z');
    expect(first).toEqual({
      run: at('2026-11-24T10:05:00Z'),
      last: at('2026-11-24T10:05:00Z'),
      missed: 0,
      next: at('2026-11-24T10:10:00Z'),
    });
    expect(everyFive('2026-11-24T10:05:00Z', '2026-11-24T10:05:01Z').run).toBeUndefined();
  });

  it('makes up for slots over which it was down once, or not at all', () => {
    const down = ['2026-11-24T10:00:00Z', '2026-11-24T10:18:00Z'] as const;
    expect(everyFive(...down)).toMatchObject({ run: at('2026-11-24T10:15:00Z'), missed: 2 });
    expect(everyFive(...down, { missedRuns: 'Skip' })).toMatchObject({ run: undefined, missed: 3 });
    expect(everyFive(...down, { startingDeadlineMs: 120_000 })).toMatchObject({ run: undefined, missed: 3 });
  });

  it('neither storms nor repeats itself when the clock goes forward and back', () => {
    const forward = everyFive('2026-11-24T10:00:00Z', '2026-11-24T12:00:30Z');
    expect(forward).toMatchObject({ run: at('2026-11-24T12:00:00Z'), missed: 23 });
    const back = decideRun({
      cron: '*/5 * * * *',
      timeZone: 'Etc/UTC',
      last: forward.last,
      now: at('2026-11-24T10:05:00Z'),
      missedRuns: 'RunOnce',
    });
    expect(back).toMatchObject({ run: undefined, last: forward.last, missed: 0 });
  });

  it('bears a schedule that nobody looked at for years', () => {
    const decision = everyFive('2006-11-24T10:00:00Z', '2026-11-24T10:03:00Z');
    expect(decision).toMatchObject({
      run: at('2026-11-24T10:00:00Z'),
      last: at('2026-11-24T10:00:00Z'),
      next: at('2026-11-24T10:05:00Z'),
    });
  });

  it.each([
    ['that does not exist in spring', '30 2 * * *', '2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z'],
    ['that comes twice in autumn', '30 2 * * *', '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z'],
  ])('has one slot for a time %s', (_what, cron, from, until) => {
    let [count, slot] = [0, slotAfter(cron, 'Europe/Berlin', at(from))];
    while (slot !== undefined && slot < at(until)) {
      count++;
      slot = slotAfter(cron, 'Europe/Berlin', slot);
    }
    expect(count).toBe(1);
  });
});
