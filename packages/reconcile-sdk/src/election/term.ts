import { type Clock, type Timer } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import { type LeaseBoard } from './lease-board.ts';

/** The main thread's view of one term. Once over it stays over, whatever happens to the Lease later. */
export interface HeldTerm {
  readonly epoch: number;
  /** Aborts when the term ends. */
  readonly signal: AbortSignal;
  /** Looks at the board: true never outlives the Lease, however long this thread slept. */
  isHeld(): boolean;
  end(why: string): void;
  /** For people; undefined while it lasts. */
  endedBecause(): string | undefined;
}

export function createTerm(epoch: number, board: LeaseBoard, clock: Clock): HeldTerm {
  const controller = new AbortController();
  let why: string | undefined;
  let timer: Timer | undefined;

  function end(reason: string): void {
    if (why !== undefined) return;
    why = reason;
    timer?.cancel();
    controller.abort(new OperatorError('fenced', `term ${epoch} is over: ${reason}`));
  }
  function isHeld(): boolean {
    if (why !== undefined) return false;
    if (board.lasts(epoch, clock.monotonic())) return true;
    end('it was not renewed in time');
    return false;
  }
  /** The end is noticed also when nobody asks, so that what is under way is cut. */
  function watch(): void {
    if (!isHeld()) return;
    timer = clock.setTimer(Math.max(1, board.validUntil() - clock.monotonic()), watch);
  }
  watch();
  return { epoch, signal: controller.signal, isHeld, end, endedBecause: () => why };
}
