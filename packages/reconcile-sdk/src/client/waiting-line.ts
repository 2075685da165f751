import { type CallLimit } from './call-limit.ts';

/** Calls that wait for their turn, first come first served; each may give up at any time. */
export interface WaitingLine<T> {
  /** Resolves with what `onGo` gave when its turn came, at that very moment. Rejects with the limit's reason. */
  join(limit: Pick<CallLimit, 'onAbort'>, onGo: () => T): Promise<T>;
  /** Lets the first go, and returns what its `onGo` gave; undefined when nobody waits. */
  next(): T | undefined;
  length(): number;
}

export function createWaitingLine<T>(): WaitingLine<T> {
  // A Set keeps the order and forgets the one who gives up without a search.
  const waiting = new Set<() => T>();
  return {
    length: () => waiting.size,
    join(limit, onGo) {
      return new Promise((resolve, reject) => {
        const go = (): T => {
          letGo();
          const given = onGo();
          resolve(given);
          return given;
        };
        const letGo = limit.onAbort((reason) => {
          waiting.delete(go);
          reject(reason);
        });
        waiting.add(go);
      });
    },
    next() {
      const [first] = waiting;
      if (!first) return undefined;
      waiting.delete(first);
      return first();
    },
  };
}
