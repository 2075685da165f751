import { setTimeout as sleep } from 'node:timers/promises';

/** Tries until it no longer throws, for at most `timeoutMs`; then throws what it threw last. */
export async function eventually<T>(
  what: string,
  attempt: () => T | Promise<T>,
  timeoutMs = 10_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (cause) {
      if (Date.now() >= end) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`, { cause });
      await sleep(50);
    }
  }
}
