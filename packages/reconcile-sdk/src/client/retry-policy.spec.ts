import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OperatorError, type ErrorCode } from '../errors/index.ts';
import { nextTryAfter, type FailedTry } from './retry-policy.ts';

const highest = { next: () => 0.999_999 };
const lowest = { next: () => 0 };
const failed = (
  code: ErrorCode,
  details: { httpStatus?: number; retryAfterMs?: number } = {},
  rest: Partial<FailedTry> = {},
): FailedTry => ({
  failure: new OperatorError(code, 'x', details),
  tries: 1,
  method: 'POST',
  idempotent: false,
  sent: true,
  remainingMs: 10_000,
  ...rest,
});
const get = { method: 'GET', idempotent: true };
const apply = { method: 'PATCH', idempotent: true };
const isRetried = (attempt: FailedTry): boolean => nextTryAfter(attempt, lowest) !== undefined;

describe('nextTryAfter', () => {
  it.each<[what: string, attempt: FailedTry, retried: boolean]>([
    ['a create that was throttled', failed('throttled', { httpStatus: 429 }), true],
    ['a create whose answer was lost', failed('network'), false],
    ['a create that was never sent', failed('network', {}, { sent: false }), true],
    ['an apply whose answer was lost', failed('network', {}, apply), true],
    ['a create during a restart of the server', failed('unavailable', { httpStatus: 503 }), false],
    ['an apply during a restart of the server', failed('unavailable', { httpStatus: 503 }, apply), true],
    ['an apply that a webhook broke', failed('unavailable', { httpStatus: 500 }, apply), false],
    [
      'an apply that the server wants again',
      failed('unavailable', { httpStatus: 500, retryAfterMs: 1_000 }, apply),
      true,
    ],
    ['a read that met an error of the server', failed('unavailable', { httpStatus: 500 }, get), true],
    ['a read that the server gave up', failed('timeout', { httpStatus: 504 }, get), true],
    ['a read that met its own deadline', failed('timeout', {}, get), false],
    ['a read of nothing', failed('not-found', { httpStatus: 404 }, get), false],
    ['a read without rights', failed('forbidden', { httpStatus: 403 }, get), false],
    ['a read that was given up', failed('aborted', {}, get), false],
    ['a write that was fenced', failed('fenced', {}, { sent: false, idempotent: true }), false],
    ['a conflict', failed('conflict', { httpStatus: 409 }, apply), false],
    ['a fifth try', failed('throttled', {}, { tries: 5 }), false],
  ])('%s', (_, attempt, retried) => expect(isRetried(attempt)).toBe(retried));

  it('waits what the server asks for, and jitter on top', () => {
    const attempt = failed('throttled', { retryAfterMs: 3_000 });
    expect(nextTryAfter(attempt, lowest)).toBeGreaterThanOrEqual(3_000);
    expect(nextTryAfter(attempt, highest)).toBeCloseTo(3_200, 0);
  });

  it('never waits to the deadline or beyond, and grows up to 2 s', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.nat(20_000),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (tries, remainingMs, chance) => {
          const wait = nextTryAfter(failed('network', {}, { ...get, tries, remainingMs }), {
            next: () => chance,
          });
          if (wait === undefined) return;
          expect(wait).toBeLessThan(remainingMs);
          expect(wait).toBeLessThanOrEqual(Math.min(2_000, 100 * 2 ** tries));
        },
      ),
    );
  });
});
