import { whenAborted } from '../clock/index.ts';

/** Tasks that come and go while a whole runs, each with a stop of its own; all end with the whole. */
export interface TaskGroup {
  /** Begins at once when the whole runs; else nothing happens, and `begin` of `run` has to start it. */
  start(stop: AbortController, task: (signal: AbortSignal) => Promise<void>): void;
  /** Calls `begin`, runs until the signal aborts, and waits for the tasks under way. */
  run(signal: AbortSignal, begin: () => void): Promise<void>;
}

/** A group without tasks. */
export function createTaskGroup(): TaskGroup {
  const running = new Set<Promise<void>>();
  let active: AbortSignal | undefined;
  return {
    start(stop, task) {
      if (!active || active.aborted) return;
      const outer = active;
      const follow = (): void => stop.abort();
      outer.addEventListener('abort', follow, { once: true });
      const work = task(stop.signal).finally(() => {
        // The whole lives for much longer: every task would leave a listener there.
        outer.removeEventListener('abort', follow);
        running.delete(work);
      });
      running.add(work);
    },
    async run(signal, begin) {
      active = signal;
      begin();
      await whenAborted(signal);
      await Promise.all(running);
      active = undefined;
    },
  };
}
