import { type CallLimit } from './call-limit.ts';
import { createWaitingLine } from './waiting-line.ts';

/** Bounds how many calls are under way at once. */
export interface InFlight {
  /** Waits for a place, first come first served; the result gives it back. Rejects with the limit's reason. */
  enter(limit: Pick<CallLimit, 'reason' | 'onAbort'>, options?: { urgent?: boolean }): Promise<() => void>;
  /** Calls under way, and calls that wait. */
  counts(): { running: number; waiting: number };
}

/** `urgent` calls (Leases, probes) take a place above the bound: they are few, and late ones cost a leadership. */
export function createInFlight(bound: number): InFlight {
  let running = 0;
  const line = createWaitingLine<() => void>();

  function place(): () => void {
    running++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      running--;
      if (running < bound) line.next();
    };
  }

  return {
    counts: () => ({ running, waiting: line.length() }),
    enter(limit, { urgent = false } = {}) {
      if (limit.reason) return Promise.reject(limit.reason);
      if (urgent || (running < bound && line.length() === 0)) return Promise.resolve(place());
      return line.join(limit, place);
    },
  };
}
