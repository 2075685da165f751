import { describe, expect, it } from '@jest/globals';
import { handlerMs, parseDuration, timeoutOf } from './timeout.ts';

describe('the time that a handler has', () => {
  it('is what the API server says, less what the answer needs', () => {
    expect(timeoutOf('timeout=10s', 1)).toBe(10_000);
    expect(timeoutOf('timeout=1.5s&x=y', 1)).toBe(1_500);
    expect([
      timeoutOf('', 7),
      timeoutOf('timeout=abc', 7),
      timeoutOf('timeout=1h', 7),
      timeoutOf('timeout=0s', 7),
    ]).toEqual([7, 7, 7, 7]);
    expect([handlerMs(10_000), handlerMs(1_000), handlerMs(1)]).toEqual([9_500, 900, 1]);
  });

  it('is written as Go writes durations', () => {
    expect([
      parseDuration('1m30s'),
      parseDuration('500ms'),
      parseDuration('10'),
      parseDuration(null),
    ]).toEqual([90_000, 500, undefined, undefined]);
  });
});
