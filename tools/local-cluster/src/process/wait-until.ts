import { setTimeout as delay } from 'node:timers/promises';

export type WaitOptions = {
  /** What is awaited, for the error: "the API server to be ready". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly intervalMs?: number;
  /** More for the error, read when time is up: logs, last answer. */
  readonly detail?: () => string;
};

/** Asks again and again until the answer is something; an answer of undefined or false means not yet. */
export async function waitUntil<T>(
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  { what, timeoutMs, intervalMs = 50, detail }: WaitOptions,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await condition();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() >= deadline) {
      const more = detail?.() ?? '';
      throw new Error(
        `Waited ${(timeoutMs / 1000).toFixed(0)} s in vain for ${what}${more === '' ? '' : `\n${more}`}`,
      );
    }
    await delay(intervalMs);
  }
}
