import { type CallLimit } from './call-limit.ts';

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
  // A Set keeps the order and forgets the one who gives up without a search.
  const waiting = new Set<() => void>();

  function place(): () => void {
    running++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      running--;
      if (running >= bound) return;
      const [next] = waiting;
      if (next) {
        waiting.delete(next);
        next();
      }
    };
  }

  return {
    counts: () => ({ running, waiting: waiting.size }),
    enter(limit, { urgent = false } = {}) {
      if (limit.reason) return Promise.reject(limit.reason);
      if (urgent || (running < bound && waiting.size === 0)) return Promise.resolve(place());
      return new Promise((resolve, reject) => {
        const admit = (): void => {
          letGo();
          resolve(place());
        };
        const letGo = limit.onAbort((reason) => {
          waiting.delete(admit);
          reject(reason);
        });
        waiting.add(admit);
      });
    },
  };
}
