import { expect, it } from '@jest/globals';
import { atRate } from './at-rate.ts';
import { inParallel } from './in-parallel.ts';

const tick = () => new Promise((resolve) => setTimeout(resolve, 1));

it('works on every item once, and on no more than so many at a time', async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++running);
    await tick();
    running--;
    done.push(item);
  });
  expect(done.sort()).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

it('fails with what its work fails with', async () => {
  await expect(inParallel([1], 4, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});

it('keeps the rate although nothing ends', async () => {
  let end: () => void = () => undefined;
  const never = new Promise<void>((resolve) => (end = resolve));
  let started = 0;
  const began = performance.now();
  const all = atRate({ perSecond: 200, seconds: 0.1 }, () => {
    started++;
    if (started === 20) end();
    return never;
  });
  expect(await all).toBe(20);
  expect(performance.now() - began).toBeGreaterThan(80);
});

it('ends with its signal', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  const count = await atRate({ perSecond: 100, signal: stop.signal }, () => Promise.resolve());
  expect(count).toBeGreaterThan(1);
  expect(count).toBeLessThan(20);
});

it('ends with the first failure', async () => {
  let started = 0;
  const work = (): Promise<void> =>
    ++started === 3 ? Promise.reject(new Error('third')) : Promise.resolve();
  await expect(atRate({ perSecond: 500, seconds: 10 }, work)).rejects.toThrow('third');
  expect(started).toBeLessThan(100);
});
