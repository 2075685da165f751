import { describe, expect, it } from '@jest/globals';
import { errorFromAnswer, errorFromStatus, parseRetryAfter } from './status-error.ts';

const now = Date.UTC(2026, 10, 24, 12, 0, 0);

describe('parseRetryAfter', () => {
  it.each([
    [undefined, undefined],
    ['7', 7],
    [' 0 ', 0],
    ['Tue, 24 Nov 2026 12:00:30 GMT', 30],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    ['-3', undefined],
    ['1.5', undefined],
    ['2027', 2027],
  ])('%s', (header, seconds) => expect(parseRetryAfter(header, now)).toBe(seconds));
});

describe('errorFromAnswer', () => {
  it("speaks the server's words, and prefers what its Status says to the header", () => {
    const body = JSON.stringify({
      message: 'too many requests',
      reason: 'TooManyRequests',
      details: { retryAfterSeconds: 2 },
    });
    expect(errorFromAnswer(429, body, '9', now, 'get pods')).toMatchObject({
      code: 'throttled',
      httpStatus: 429,
      retryAfterMs: 2_000,
      message: 'get pods: too many requests',
    });
  });

  it.each([
    ['<html>Bad gateway</html>', 'x: <html>Bad gateway</html>'],
    ['', 'x: HTTP 502'],
    ['null', 'x: null'],
    ['"text"', 'x: "text"'],
    ['{"message":""}', 'x: HTTP 502'],
  ])('takes what is no Status: %s', (body, message) => {
    const error = errorFromAnswer(502, body, undefined, now, 'x');
    expect(error).toMatchObject({ code: 'unavailable', message });
    expect(error.retryAfterMs).toBeUndefined();
  });

  it('cuts long pages', () => {
    expect(errorFromAnswer(500, 'x'.repeat(10_000), undefined, now, 'y').message.length).toBeLessThan(600);
  });
});

describe('errorFromStatus', () => {
  it.each([
    [409, 'AlreadyExists', 'already-exists'],
    [409, 'Conflict', 'conflict'],
    [406, undefined, 'invalid'],
    [410, 'Expired', 'gone'],
    [504, 'Timeout', 'timeout'],
    [302, undefined, 'bad-response'],
  ])('%d %s is %s', (status, reason, code) => {
    expect(errorFromStatus(status, reason ? { reason } : {}, 'x').code).toBe(code);
  });
});
