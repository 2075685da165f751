/** Time and chance. The only folder of the SDK that touches the machine's clock and random numbers. */
export { type Clock, type Random, type Timer } from './clock.ts';
export { systemClock, systemRandom } from './system-clock.ts';
export { createManualClock, createSeededRandom, type ManualClock } from './manual-clock.ts';
export { whenAborted } from './when-aborted.ts';
export { backoff, type BackoffOptions } from './backoff.ts';
