import { Worker } from 'node:worker_threads';
import { type Clock, type Logger } from '@stateful/reconcile-sdk';
import { fenceRole } from './fence-role.ts';

/** What the fence's thread is told: the moment on the machine's monotonic clock, in nanoseconds; null: none. */
export type FenceMessage = { readonly deadline: bigint | null };

export interface Fence {
  /** Postgres is killed at this time of the agent's monotonic clock, unless a later one was set before. */
  set(at: number | undefined): void;
  close(): Promise<void>;
}

/**
 * Holds the deadline in a thread of its own: a stalled event loop, a long collection of garbage or a slow disk
 * in the agent cannot delay it. `entry` is the agent's own main module.
 */
export function startFence(entry: URL, clock: Clock, log: Logger, onFenced: (killed: number) => void): Fence {
  const worker = new Worker(entry, {
    workerData: fenceRole,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  worker.on('message', ({ killed }: { killed: number }) => onFenced(killed));
  // Without its fence a primary must not live: the agent goes down, and with it everything in the container.
  worker.on('error', (error: Error) => {
    log.fatal({ error: error.message }, 'the fence has failed');
    process.kill(process.pid, 'SIGKILL');
  });
  let last: bigint | null = null;
  return {
    set(at) {
      const deadline =
        at === undefined
          ? null
          : process.hrtime.bigint() + BigInt(Math.floor((at - clock.monotonic()) * 1e6));
      // The same deadline is not sent again for the rounding of two clocks.
      const isSame =
        deadline !== null && last !== null && deadline - last < 1_000_000n && last - deadline < 1_000_000n;
      if (isSame || (deadline === null && last === null)) return;
      last = deadline;
      worker.postMessage({ deadline } satisfies FenceMessage);
    },
    async close() {
      await worker.terminate();
    },
  };
}
