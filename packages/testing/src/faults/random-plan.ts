import { type Random } from '@stateful/reconcile-sdk';
import { type Fault, type FaultPlan, type Strike } from './fault.ts';

const kinds: readonly ((random: Random) => Strike)[] = [
  () => ({ do: 'crash-before' }),
  () => ({ do: 'crash-after' }),
  () => ({ do: 'lose-request' }),
  () => ({ do: 'lose-answer' }),
  (random) => ({ do: 'stale-restart', back: 1 + below(random, 30), forMs: 20_000 }),
  () => ({ do: 'reversed-restart' }),
  () => ({ do: 'refuse', status: 409 }),
  () => ({ do: 'refuse', status: 500 }),
  () => ({ do: 'refuse', status: 503 }),
  (random) => ({ do: 'refuse', status: 429, retryAfterS: 1 + below(random, 20) }),
  () => ({ do: 'freeze', kind: '*', forMs: 30_000, then: 'resume' }),
  () => ({ do: 'freeze', kind: '*', forMs: 30_000, then: 'gone' }),
  () => ({ do: 'miss', kind: '*', forMs: 30_000 }),
  () => ({ do: 'repeat', kind: '*' }),
  () => ({ do: 'second-leader', forMs: 30_000 }),
  () => ({ do: 'pause', forMs: 30_000 }),
  (random) => ({ do: 'clock-step', byMs: (below(random, 3) - 1) * 120_000 }),
];

const below = (random: Random, bound: number): number => Math.floor(random.next() * bound);

/** A plan of chance: `count` faults among the first `points` points, in their order. */
export function randomPlan(random: Random, { points, count }: { points: number; count: number }): FaultPlan {
  return Array.from({ length: count }, (): Fault => ({
    at: 1 + below(random, points),
    ...kinds[below(random, kinds.length)]!(random),
  })).sort((a, b) => a.at - b.at);
}

/**
 * The least of a plan that still goes wrong: faults are left out one by one, and what is left comes as early as it
 * may, as long as `isWrong` says so.
 */
export async function shrinkPlan(
  plan: FaultPlan,
  isWrong: (plan: FaultPlan) => Promise<boolean>,
): Promise<FaultPlan> {
  let best = plan;
  for (let index = 0; index < best.length;) {
    const less = best.toSpliced(index, 1);
    if (await isWrong(less)) best = less;
    else index++;
  }
  for (let index = 0; index < best.length; index++) {
    for (let at = 1; at < best[index]!.at; at++) {
      const earlier = best.with(index, { ...best[index]!, at });
      if (!(await isWrong(earlier))) continue;
      best = earlier;
      break;
    }
  }
  return best;
}
