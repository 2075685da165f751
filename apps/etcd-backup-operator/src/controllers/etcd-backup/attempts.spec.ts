import { describe, expect, it } from '@jest/globals';
import { type OperationRecord } from '@stateful/reconcile-sdk';
import { attemptsOf } from './attempts.ts';

const failed = (attempt: number, message = 'step capture: StreamBroken: it broke'): OperationRecord =>
  ({
    key: String(attempt),
    phase: 'Failed',
    message,
    finishedAt: new Date(0).toISOString(),
  }) as OperationRecord;
const retry = { maxAttempts: 10, baseSeconds: 10, capSeconds: 300 };

describe('attempts', () => {
  it.each([1, 3, 5, 8])('scenario 16: wait with full jitter before the one after the %i-th', (attempt) => {
    const waits = Array.from(
      { length: 5000 },
      (_, index) => attemptsOf(`uid-${index}`, retry, failed(attempt), 0).nextAttemptAt ?? Number.NaN,
    );
    const most = Math.min(retry.capSeconds, retry.baseSeconds * 2 ** (attempt - 1)) * 1000;
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    expect(Math.abs(mean - most / 2)).toBeLessThan(most / 20);
    expect(Math.max(...waits)).toBeLessThanOrEqual(most);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000);
    // Spread over all of it.
    expect(waits.filter((wait) => wait < most / 4).length / waits.length).toBeCloseTo(0.25, 1);
  });

  it('scenario 16: are due at the same time whoever looks, and whenever', () => {
    const due = attemptsOf('uid', retry, failed(4), 0).nextAttemptAt!;
    expect(attemptsOf('uid', retry, failed(4), due - 1)).toMatchObject({ wanted: 4, nextAttemptAt: due });
    expect(attemptsOf('uid', retry, failed(4), due)).toEqual({ wanted: 5, isOver: false });
  });

  it('end when so many were made, or when none can help', () => {
    expect(attemptsOf('uid', retry, failed(10), 0).isOver).toBe(true);
    expect(attemptsOf('uid', retry, failed(1, 'step commit: KeyConflict: not ours'), 0).isOver).toBe(true);
    expect(attemptsOf('uid', retry, undefined, 0)).toEqual({ wanted: 1, isOver: false });
  });
});
