import { type Clock } from '../clock/clock.ts';
import { systemClock } from '../clock/system-clock.ts';

/**
 * The machine's time with a monotonic clock that is the same in all threads (`performance.now` starts anew in each).
 * On Linux it is CLOCK_MONOTONIC: it goes on while a process is stopped (SIGSTOP), but stands still while the
 * whole machine is suspended or a virtual machine is paused.
 */
export const machineClock: Clock = {
  ...systemClock,
  monotonic: () => Number(process.hrtime.bigint()) / 1e6,
};
