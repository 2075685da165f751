import { type Random } from '../src/clock/index.ts';
import { type Fault } from './fault-proxy.ts';

/** Which fault comes next, and how long to wait before it, in milliseconds. */
export type FaultPlan = () => { afterMs: number; fault: Fault };

/** For as long as nothing shuts new connections out between two windows that do. */
const openForMs = 10_000;

/**
 * The same faults for the same random numbers. A connection that is open may die at any moment. What shuts all
 * new ones out lasts up to 8 s, and then the way is open for 10 s: without that nobody could promise to be back
 * within the 20 s between 70 s and 90 s of silence.
 */
export function createFaultPlan(random: Random): FaultPlan {
  const between = (low: number, high: number): number => low + random.next() * (high - low);
  const one = <T>(choices: readonly T[]): T => choices[Math.floor(random.next() * choices.length)]!;
  const share = (): number => one([0.15, 0.5, 1]);
  let now = 0;
  let openUntil = 0;
  return () => {
    const afterMs = between(1_000, 6_000);
    now += afterMs;
    const fault = one<() => Fault>([
      () => ({ kind: 'black-hole', direction: one(['to-server', 'to-client', 'both']), share: share() }),
      () => ({ kind: 'black-hole', direction: 'both', share: share() }),
      () => ({ kind: 'deaf', ms: between(1_000, 8_000) }),
      () => ({ kind: 'reset', share: share() }),
      () => ({ kind: 'cut', share: share() }),
      () => ({ kind: 'hold', ms: between(500, 8_000), share: share() }),
      () => ({ kind: 'delay', ms: between(2_000, 10_000), latencyMs: between(20, 800) }),
      () => ({ kind: 'refuse', ms: between(500, 8_000) }),
    ])();
    if (fault.kind !== 'deaf' && fault.kind !== 'refuse') return { afterMs, fault };
    if (now < openUntil) return { afterMs, fault: { kind: 'reset', share: share() } };
    openUntil = now + fault.ms + openForMs;
    return { afterMs, fault };
  };
}
