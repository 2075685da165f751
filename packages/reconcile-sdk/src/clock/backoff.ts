import { type Random } from './clock.ts';

/** Bounds of an exponential back-off. */
export interface BackoffOptions {
  /** Ceiling of the first wait, in milliseconds. */
  baseMs: number;
  /** Ceiling that no wait exceeds, in milliseconds. */
  maxMs: number;
}

/** Exponential back-off with full jitter: uniform in [0, min(max, base * 2^failures)), and never under 1 ms. */
export function backoff(failures: number, { baseMs, maxMs }: BackoffOptions, random: Random): number {
  return Math.max(1, random.next() * Math.min(maxMs, baseMs * 2 ** Math.min(failures, 40)));
}
