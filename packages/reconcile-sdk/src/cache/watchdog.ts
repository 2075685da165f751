import { type Clock, type Timer } from '../clock/index.ts';

/** Fires when nothing has been heard for too long. */
export interface Watchdog {
  heard(): void;
  /** How long a silence is put up with from now on, in milliseconds. */
  allow(silenceMs: number): void;
  stop(): void;
}

/** One timer for the whole watch: events come by the thousand, and setting a timer for each costs more than they do. */
export function createWatchdog(clock: Clock, silenceMs: number, onSilence: () => void): Watchdog {
  let allowedMs = silenceMs;
  let lastHeard = clock.monotonic();
  let timer: Timer | undefined;
  const arm = (): void => {
    timer?.cancel();
    if (allowedMs === Infinity) return;
    timer = clock.setTimer(Math.max(1, lastHeard + allowedMs - clock.monotonic()), () => {
      if (clock.monotonic() - lastHeard >= allowedMs) onSilence();
      else arm();
    });
  };
  arm();
  return {
    heard() {
      lastHeard = clock.monotonic();
    },
    allow(ms) {
      allowedMs = ms;
      arm();
    },
    stop: () => timer?.cancel(),
  };
}
