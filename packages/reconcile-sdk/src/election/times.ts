import { OperatorError } from '../errors/index.ts';
import { type LeaseTimes } from './lease-machine.ts';

/** All in milliseconds. */
export interface ElectionTimes {
  /** Others wait this long without a renewal before they take over. Whole seconds are kept as they are. Default 15 s. */
  durationMs?: number;
  /**
   * Without a renewal for this long, counted from before it was sent, this process stops writing. Default 10 s.
   * What is left until `durationMs` is for writes under way; it must be a tenth of it at least.
   */
  renewDeadlineMs?: number;
  /** Between two attempts. Default 2 s; at most half of renewDeadlineMs. */
  retryMs?: number;
  /**
   * A main event loop without a sign of life for this long loses the Lease: a leader that hangs for ever must not
   * lead for ever. Shorter stalls cost nothing when the Lease is renewed in a thread. Default 30 s.
   */
  stalledAfterMs?: number;
  /** Work that has not ended this long after its signal aborted is named in the log, again and again. Default 30 s. */
  endsWithinMs?: number;
}

export type CheckedTimes = LeaseTimes & Required<ElectionTimes>;

/** With defaults. Throws `bad-configuration` when the times would not keep two leaders apart. */
export function timesOf(given: ElectionTimes): CheckedTimes {
  const times: CheckedTimes = {
    durationMs: given.durationMs ?? 15_000,
    renewDeadlineMs: given.renewDeadlineMs ?? 10_000,
    retryMs: given.retryMs ?? 2_000,
    stalledAfterMs: given.stalledAfterMs ?? 30_000,
    endsWithinMs: given.endsWithinMs ?? 30_000,
  };
  const { durationMs, renewDeadlineMs, retryMs } = times;
  const wrong = (what: string): OperatorError => new OperatorError('bad-configuration', `election: ${what}`);
  if (!(retryMs > 0 && renewDeadlineMs >= 2 * retryMs)) {
    throw wrong(`a renew deadline of ${renewDeadlineMs} ms has no room for two tries ${retryMs} ms apart`);
  }
  if (renewDeadlineMs > durationMs * 0.9) {
    throw wrong(
      `a leader that stops ${renewDeadlineMs} ms after its last renewal may still be writing when the Lease of ` +
        `${durationMs} ms runs out: the renew deadline must be at most ${Math.floor(durationMs * 0.9)} ms`,
    );
  }
  return times;
}
