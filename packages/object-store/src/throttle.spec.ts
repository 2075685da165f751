import { describe, expect, it } from '@jest/globals';
import { createManualClock } from '@stateful/reconcile-sdk';
import { createThrottle } from './throttle.ts';

describe('a throttle', () => {
  it('lets so many bytes pass in a second, whoever comes at the same time', async () => {
    const clock = createManualClock();
    const throttle = createThrottle(1_000, clock);
    const passed: number[] = [];
    for (let count = 0; count < 10; count++) {
      void throttle.take(500).then(() => passed.push(clock.monotonic()));
    }
    await clock.advance(10_000);
    expect(passed).toEqual([0, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 4_500]);
  });

  it('does not save up what was not used', async () => {
    const clock = createManualClock();
    const throttle = createThrottle(1_000, clock);
    await clock.advance(60_000);
    const passed: number[] = [];
    for (let count = 0; count < 3; count++) {
      void throttle.take(1_000).then(() => passed.push(clock.monotonic() - 60_000));
    }
    await clock.advance(5_000);
    expect(passed).toEqual([0, 1_000, 2_000]);
  });

  it('is left by one that is cancelled, and holds up nobody when it is none', async () => {
    const clock = createManualClock();
    const throttle = createThrottle(1, clock);
    await throttle.take(100);
    const cancel = new AbortController();
    const waiting = throttle.take(100, cancel.signal);
    cancel.abort(new Error('told to stop'));
    await expect(waiting).rejects.toThrow('told to stop');
    const none = createThrottle(undefined, clock);
    await none.take(1e12);
    await none.take(1e12);
  });
});
