import { describe, expect, it } from '@jest/globals';
import { createManualClock, createSeededRandom } from '../clock/index.ts';
import { createLogger } from '../logging/index.ts';
import { pollSource, pushSource, scheduleSource, type Source } from './source.ts';

function start(source: Source) {
  const clock = createManualClock();
  const stop = new AbortController();
  const seen: { key: string; at: number }[] = [];
  const running = source.run({
    enqueue: ({ name }) => void seen.push({ key: name, at: clock.monotonic() }),
    clock,
    random: createSeededRandom(3),
    log: createLogger({ name: 'test', destination: { write: () => undefined } }),
    signal: stop.signal,
  });
  return {
    clock,
    seen,
    async end() {
      stop.abort();
      await running;
    },
  };
}

describe('a poll source', () => {
  it('asks at intervals with a little spread, aborts what takes too long, and goes on after a failure', async () => {
    let polls = 0;
    const { clock, seen, end } = start(
      pollSource({
        name: 'store',
        everyMs: 1_000,
        poll(signal) {
          polls++;
          if (polls === 2) throw new Error('away');
          if (polls === 3) {
            return new Promise((_, reject) =>
              signal.addEventListener('abort', () => reject(new Error('late'))),
            );
          }
          return [{ name: `poll-${polls}` }];
        },
      }),
    );
    await clock.advance(6_000);
    expect(seen.map(({ key }) => key).slice(0, 3)).toEqual(['poll-1', 'poll-4', 'poll-5']);
    for (const [index, { at }] of seen.slice(1).entries()) {
      const gap = at - seen[index]!.at;
      expect(gap).toBeGreaterThan(index === 0 ? 3_700 : 900);
      expect(gap).toBeLessThan(index === 0 ? 4_300 : 1_100);
    }
    const before = polls;
    await end();
    await clock.advance(10_000);
    expect(polls).toBe(before);
  });
});

describe('a push source', () => {
  it('keeps what is pushed before it runs', async () => {
    const source = pushSource('hook');
    source.push({ name: 'early' });
    const { seen, end } = start(source);
    source.push({ name: 'late' });
    expect(seen.map(({ key }) => key)).toEqual(['early', 'late']);
    await end();
  });
});

describe('a schedule source', () => {
  it('keeps to the times of the wall clock and ends when there are no more', async () => {
    const hour = 3_600_000;
    const began = Date.UTC(2030, 0, 1);
    const { clock, seen } = start(
      scheduleSource({
        name: 'nightly',
        nextAfter: (now) => (now < began + 3 * hour ? (Math.floor(now / hour) + 1) * hour : undefined),
        keys: () => [{ name: 'a' }],
      }),
    );
    await clock.advance(10 * hour);
    expect(seen.map(({ at }) => at / hour)).toEqual([1, 2, 3]);
  });
});
