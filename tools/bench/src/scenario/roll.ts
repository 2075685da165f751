import { setTimeout as sleep } from 'node:timers/promises';

export type WaitOptions = {
  /** For the error: "2,000 objects to be Ready". */
  readonly what: string;
  readonly timeoutMs: number;
  /** Throws when waiting has become senseless. */
  readonly check: () => void;
};

/** Who of these has been seen, and when the first and the last of them was. */
export type Roll = {
  readonly mark: (seen: { readonly name: string; readonly at: number }) => void;
  readonly firstAt: () => number;
  readonly lastAt: () => number;
  /** Resolves when all were seen. */
  readonly complete: (options: WaitOptions) => Promise<void>;
};

export function createRoll(names: readonly string[]): Roll {
  const missing = new Set(names);
  let firstAt = NaN;
  let lastAt = NaN;
  return {
    mark({ name, at }) {
      if (!missing.delete(name)) return;
      if (Number.isNaN(firstAt)) firstAt = at;
      lastAt = at;
    },
    firstAt: () => firstAt,
    lastAt: () => lastAt,
    complete: (options) =>
      waitUntil(
        () => missing.size === 0,
        options,
        () => `${missing.size} are missing`,
      ),
  };
}

/** Asks every few milliseconds; what is measured carries its own time. */
export async function waitUntil(
  condition: () => boolean,
  { what, timeoutMs, check }: WaitOptions,
  detail: () => string = () => '',
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    check();
    if (performance.now() >= end) {
      throw new Error(`waited ${timeoutMs / 1_000} s in vain for ${what}: ${detail()}`);
    }
    await sleep(5);
  }
}
