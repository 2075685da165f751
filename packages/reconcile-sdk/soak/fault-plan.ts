import { type Random } from '../src/clock/index.ts';
import { type Fault } from './fault-proxy.ts';

/** The next fault and how long to wait before it, in milliseconds: the same for the same random numbers. */
export function nextFault(random: Random): { afterMs: number; fault: Fault } {
  const between = (low: number, high: number): number => low + random.next() * (high - low);
  const one = <T>(choices: readonly T[]): T => choices[Math.floor(random.next() * choices.length)]!;
  const share = (): number => one([0.15, 0.5, 1]);
  const afterMs = between(1_000, 6_000);
  // No fault that keeps new connections out lasts as long as the slack between 70 s and 90 s of silence.
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
  return { afterMs, fault };
}
