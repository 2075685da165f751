import { parentPort } from 'node:worker_threads';
import { type Clock, type Timer } from '@stateful/reconcile-sdk';
import { killPostgres } from '../postgres/processes.ts';
import { type FenceMessage } from './fence.ts';

/** Timers may fire a little early; what is left is waited for again. */
const remainingMs = (deadline: bigint): number => Number(deadline - process.hrtime.bigint()) / 1e6;

/** The fence's thread: at the deadline it kills every process of Postgres and says how many there were. */
export function runFenceThread(clock: Pick<Clock, 'setTimer'>): void {
  let timer: Timer | undefined;
  let deadline: bigint | null = null;
  const check = (): void => {
    timer?.cancel();
    timer = undefined;
    if (deadline === null) return;
    const rest = remainingMs(deadline);
    if (rest > 0) {
      timer = clock.setTimer(rest, check);
      return;
    }
    deadline = null;
    parentPort?.postMessage({ killed: killPostgres() });
  };
  parentPort?.on('message', (message: FenceMessage) => {
    deadline = message.deadline;
    check();
  });
}
