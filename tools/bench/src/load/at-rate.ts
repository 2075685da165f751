import { setTimeout as sleep } from 'node:timers/promises';

export type RateOptions = {
  readonly perSecond: number;
  /** Ends here, counted from the start; without it when the signal aborts. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
};

/**
 * Starts work at a steady rate, whether or not earlier work has ended: a slow server does not get less of it. Resolves
 * when all that was started has ended, with how much that was; rejects with the first failure, after which nothing more
 * is started.
 */
export async function atRate(
  { perSecond, seconds = Infinity, signal }: RateOptions,
  work: (index: number) => Promise<unknown>,
): Promise<number> {
  const began = performance.now();
  const all = perSecond * seconds;
  const started: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  while (started.length < all && signal?.aborted !== true && failures.length === 0) {
    const due = Math.min(all, Math.floor(((performance.now() - began) / 1_000) * perSecond) + 1);
    while (started.length < due) {
      started.push(work(started.length).catch((error: unknown) => failures.push(error)));
    }
    await sleep(2);
  }
  await Promise.all(started);
  if (failures.length > 0) throw failures[0];
  return started.length;
}
