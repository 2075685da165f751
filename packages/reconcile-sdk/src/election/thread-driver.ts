import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Timer } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import { type ContestNews, type LeaseDriver } from './contest.ts';
import { type LeaseBoard } from './lease-board.ts';
import { type TermEnd } from './lease-machine.ts';
import { machineClock } from './machine-clock.ts';
import {
  beatMs,
  leaseThreadRole,
  type LeaseOrder,
  type LeaseReport,
  type LeaseThreadData,
} from './thread-protocol.ts';

export interface ThreadDriverOptions extends Omit<LeaseThreadData, 'role' | 'board'> {
  /** The thread's module; default: `lease-thread` beside this one. */
  entry?: URL;
  board: LeaseBoard;
  tell: (news: ContestNews) => void;
}

interface Thread {
  worker: Worker;
  /** Rejects when it has ended by itself. */
  failed: Promise<never>;
}

/** It needs a fraction of this; more is a leak, and the main thread must not pay for it. */
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };

/** Fights for the Lease in a thread of its own, which a busy main event loop cannot hold up. */
export function createThreadDriver(options: ThreadDriverOptions): LeaseDriver {
  const { board, tell, entry: _entry, ...data } = options;
  const entry = existing(options.entry ?? besideThis());
  let thread: Thread | undefined;
  let beating: Timer | undefined;
  let onOver: (end: TermEnd) => void = () => undefined;

  function start(): Thread {
    const workerData: LeaseThreadData = { ...data, role: leaseThreadRole, board: board.buffer };
    // Neither flags nor NODE_OPTIONS of the process: what they preload would be loaded a second time.
    const worker = new Worker(entry, {
      workerData,
      env: {},
      execArgv: [],
      resourceLimits,
      name: leaseThreadRole,
    });
    const { promise: failed, reject } = Promise.withResolvers<never>();
    failed.catch(() => undefined);
    const fail = (why: string): void => {
      if (thread?.worker === worker) stop();
      reject(new OperatorError('unavailable', `the election's thread has ended: ${why}`));
    };
    worker.on('error', ({ message }: Error) => fail(message));
    worker.on('exit', (code) => fail(`exit code ${code}`));
    worker.on('message', (report: LeaseReport) => {
      if (report.kind === 'over') onOver(report.end);
      else tell(report);
    });
    beat();
    return { worker, failed };
  }
  function beat(): void {
    board.beat(machineClock.monotonic());
    beating = machineClock.setTimer(beatMs, beat);
  }
  function stop(): void {
    thread = undefined;
    beating?.cancel();
    board.publish(undefined);
  }

  return {
    async stand(giveUp) {
      const { worker, failed } = (thread ??= start());
      const order = (what: LeaseOrder): void => worker.postMessage(what);
      const { promise: over, resolve } = Promise.withResolvers<TermEnd>();
      onOver = resolve;
      order({ do: 'stand' });
      const onGiveUp = (): void => order({ do: 'give-up' });
      if (giveUp.aborted) onGiveUp();
      giveUp.addEventListener('abort', onGiveUp, { once: true });
      try {
        return await Promise.race([over, failed]);
      } finally {
        giveUp.removeEventListener('abort', onGiveUp);
      }
    },
    async close() {
      const worker = thread?.worker;
      stop();
      await worker?.terminate();
    },
  };
}

/** With the ending that this module has: `.ts` as source, `.js` as published, `.mjs` or whatever in a bundle. */
function besideThis(): URL {
  const here = import.meta.url;
  return new URL(`./lease-thread${extname(new URL(here).pathname)}`, here);
}

function existing(entry: URL): URL {
  if (entry.protocol === 'file:' && existsSync(fileURLToPath(entry))) return entry;
  throw new OperatorError(
    'bad-configuration',
    `the election's thread has no module ${entry.href}: build @stateful/reconcile-sdk/lease-thread into a file ` +
      'beside the bundle, or elect with `thread: false` (a busy event loop then loses the Lease)',
  );
}
