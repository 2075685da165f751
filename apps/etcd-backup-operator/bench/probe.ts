/** Loaded before the operator's own program: measures the delays of its event loop, and tells them when it is asked. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** In milliseconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const resolution = 5;
const histogram = monitorEventLoopDelay({ resolution });
histogram.enable();
process.on('message', (message) => {
  if (message !== 'loop-delay') return;
  // The histogram holds the time between two ticks: what a tick waits on purpose is not a delay.
  const delay = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolution);
  const answer: LoopDelay = {
    p50: delay(histogram.percentile(50)),
    p99: delay(histogram.percentile(99)),
    max: delay(histogram.max),
  };
  process.send?.(answer);
});
// Being asked is no reason to stay.
process.channel?.unref();
