import { type Clock, type Random } from '../clock/clock.ts';
import { microTime } from '../client/micro-time.ts';
import { type Lease } from '../client/resource.ts';
import {
  OperatorError,
  describeError,
  isAlreadyExists,
  isConflict,
  isNotFound,
} from '../errors/operator-error.ts';
import { type LeaseBoard } from './lease-board.ts';
import {
  blankMemory,
  releaseOf,
  requestTimeoutMs,
  stepLease,
  type LeaseEvent,
  type LeaseMemory,
  type LeaseTimes,
  type LeaseWrite,
  type Moment,
  type TermEnd,
} from './lease-machine.ts';
import { leaseWith, viewOf } from './lease-record.ts';

/** One Lease on its API server. Rejects with OperatorErrors; a request that its signal aborts leaves no connection. */
export interface LeasePort {
  /** Undefined when there is none. */
  read(signal: AbortSignal, timeoutMs: number): Promise<Lease | undefined>;
  /** Creates what has no resourceVersion, replaces what has one on that condition. */
  write(lease: Lease, signal: AbortSignal, timeoutMs: number): Promise<Lease>;
}

/** What is worth telling while a Lease is fought for. */
export type ContestNews =
  | { kind: 'won'; epoch: number }
  /** Another holds it; told once per holder. */
  | { kind: 'follows'; holder: string }
  /** The write on the last known state was refused, so the Lease is read again first. */
  | { kind: 'slow-path' }
  | { kind: 'failed'; error: string; leading: boolean; attempt: number };

export interface ContestOptions {
  me: string;
  lease: { namespace?: string; name: string };
  times: LeaseTimes;
  port: LeasePort;
  board: LeaseBoard;
  clock: Clock;
  random: Random;
  mainLoop: () => Moment['mainLoop'];
  tell: (news: ContestNews) => void;
}

/** Fights for the Lease, here or in a thread. */
export interface LeaseDriver {
  /**
   * Stands until it has won, renews until the term is over, and says how it ended. When the signal aborts it
   * gives up: what it holds is released. Rejects only when its thread has failed; the next call starts another.
   * Call it again for the next term, not before the work of the last one has ended.
   */
  stand(giveUp: AbortSignal): Promise<TermEnd>;
  close(): Promise<void>;
}

/** The thin driver of the machine, the same in the main thread and in a thread of its own. */
export function createContest(options: ContestOptions): LeaseDriver {
  const { me, times, port, board, clock, random, tell } = options;
  let memory: LeaseMemory = blankMemory;
  let raw: Lease | undefined;
  let lastHolder: string | undefined;
  let failures = 0;

  /** The microseconds, which the clock does not know, are drawn: no two processes write the same moment. */
  const wall = (): string =>
    microTime(clock.now()).replace(/000Z$/, `${String(Math.floor(random.next() * 1000)).padStart(3, '0')}Z`);
  const moment = (): Moment => ({
    now: clock.monotonic(),
    wall: wall(),
    random: random.next(),
    mainLoop: options.mainLoop(),
  });
  const isAborted = (signal: AbortSignal): boolean => signal.aborted;

  /** Nothing holds the loop: not a black hole, and not a credential that is never read. */
  async function within<T>(run: (signal: AbortSignal, timeoutMs: number) => Promise<T>): Promise<T> {
    const timeoutMs = requestTimeoutMs(times, memory.term, clock.monotonic());
    const limit = new AbortController();
    const { promise: expired, reject } = Promise.withResolvers<never>();
    const timer = clock.setTimer(timeoutMs, () => {
      const error = new OperatorError('timeout', `no answer within ${Math.round(timeoutMs)} ms`);
      limit.abort(error);
      reject(error);
    });
    try {
      return await Promise.race([run(limit.signal, timeoutMs), expired]);
    } finally {
      timer.cancel();
    }
  }

  async function read(): Promise<LeaseEvent> {
    raw = await within(port.read);
    return { kind: 'read', lease: raw && viewOf(raw) };
  }

  async function write(wanted: LeaseWrite): Promise<LeaseEvent> {
    const sentAt = clock.monotonic();
    try {
      const lease = leaseWith(raw, options.lease, wanted);
      raw = await within((signal, timeoutMs) => port.write(lease, signal, timeoutMs));
      return { kind: 'written', lease: viewOf(raw), sentAt };
    } catch (error) {
      // Deleted in the meantime is another way of not being as expected; a namespace that is missing is not.
      const isGone = wanted.resourceVersion !== undefined && isNotFound(error);
      if (isConflict(error) || isAlreadyExists(error) || isGone) return { kind: 'refused' };
      throw error;
    }
  }

  async function request(act: () => Promise<LeaseEvent>): Promise<LeaseEvent> {
    const sentAt = clock.monotonic();
    try {
      const event = await act();
      failures = 0;
      if (event.kind === 'refused' && memory.term) tell({ kind: 'slow-path' });
      return event;
    } catch (error) {
      failures++;
      tell({
        kind: 'failed',
        error: describeError(error),
        leading: memory.term !== undefined,
        attempt: failures,
      });
      return { kind: 'failed', sentAt };
    }
  }

  function step(event: LeaseEvent) {
    const before = memory.term;
    const next = stepLease(me, times, memory, event, moment());
    memory = next.memory;
    if (memory.term !== before) board.publish(memory.term);
    if (memory.term && !before) {
      lastHolder = me;
      tell({ kind: 'won', epoch: memory.term.epoch });
    }
    return next.act;
  }

  async function release(): Promise<TermEnd> {
    // In this order: no write passes the fence any more when another may already lead.
    board.publish(undefined);
    const { term: _over, ...rest } = memory;
    const isMaybeHeld = memory.term !== undefined || (memory.claim !== undefined && !memory.isCurrent);
    memory = { ...rest, isCurrent: false };
    for (let tries = 0; isMaybeHeld && tries < 2; tries++) {
      try {
        const lease = await within(port.read);
        const wanted = releaseOf(me, memory, lease && viewOf(lease), wall());
        if (!wanted) break;
        const body = leaseWith(lease, options.lease, wanted);
        await within((signal, timeoutMs) => port.write(body, signal, timeoutMs));
        break;
      } catch (error) {
        tell({
          kind: 'failed',
          error: `not released: ${describeError(error)}`,
          leading: false,
          attempt: tries + 1,
        });
      }
    }
    return { kind: 'yielded' };
  }

  return {
    close: () => Promise.resolve(),
    async stand(giveUp) {
      let act = step({ kind: 'due' });
      for (;;) {
        if (act.do === 'end') return act.end;
        if (isAborted(giveUp)) return release();
        switch (act.do) {
          case 'wait':
            if (act.holder && act.holder !== lastHolder) tell({ kind: 'follows', holder: act.holder });
            lastHolder = act.holder ?? lastHolder;
            await clock.sleep(act.ms, giveUp).catch(() => undefined);
            act = step({ kind: 'due' });
            break;
          case 'read':
            act = step(await request(read));
            break;
          case 'write': {
            const { write: wanted } = act;
            act = step(await request(() => write(wanted)));
            break;
          }
        }
      }
    },
  };
}
