import { backoff, type Random } from '../clock/index.ts';

/**
 * The life of one watch as a pure machine: the state says what to do next, and the outcome of doing it gives
 * the next state. It has no end: whatever fails is waited for and tried again.
 */
export type ReflectorState = {
  /** Failures in a row; 0 once a watch has been good for a while. */
  readonly failures: number;
  /** The server is asked to stream the contents (WatchList) rather than to give them in pages. */
  readonly streams: boolean;
  /** Fresh contents were taken because of a 410, and no watch has been good since. */
  readonly refreshed: boolean;
} & (
  Next | { readonly action: 'wait'; readonly then: Next; readonly why: WaitReason; readonly leastMs: number }
);

type Next =
  /** Have the contents streamed, and go on with the same stream as a watch. */
  | { readonly action: 'stream' }
  | { readonly action: 'list'; readonly continue: string | undefined }
  /** `doubtful`: who answers may not be who answered before, so ask as well whether it is behind what was seen. */
  | { readonly action: 'watch'; readonly resourceVersion: string; readonly doubtful: boolean };

/** `blocked`: for a right or a kind that people have to give; looked for again every half minute. */
export type WaitReason = 'failure' | 'blocked';

/**
 * `gone`: that resourceVersion, or page, is too old to go on from. `ahead`: the server does not know it yet.
 * `back`: the server is behind what was seen. `no-stream`: it does not stream contents. `data`: what came makes no
 * sense.
 */
export type FailureCause = 'gone' | 'ahead' | 'back' | 'blocked' | 'no-stream' | 'data' | 'other';

/** How the action of a state ended. */
export type ReflectorOutcome =
  | { kind: 'page'; continue: string }
  | { kind: 'listed'; resourceVersion: string }
  /** The server ended the watch in good order, or nothing came for too long (`stalled`). */
  | { kind: 'watch-ended'; resourceVersion: string; livedMs: number; stalled: boolean }
  /** `resourceVersion`: from which a watch can go on; undefined when the contents are not known. */
  | {
      kind: 'failed';
      cause: FailureCause;
      resourceVersion: string | undefined;
      livedMs: number;
      /** How long the server asked to wait. */
      retryAfterMs?: number | undefined;
    }
  | { kind: 'waited' };

/** Begins with the contents, streamed or in pages. */
export const initialReflectorState = (streams: boolean): ReflectorState => ({
  ...contents(streams),
  failures: 0,
  streams,
  refreshed: false,
});

/** A watch that lived this long shows that the server is well again. */
const goodAfterMs = 120_000;
/** One that lived this long shows that the server can be reached: the next waits are short again. */
const reachableAfterMs = 10_000;
/** One that ended sooner than this is waited for as if it had failed, or a broken server would be hammered. */
const tooShortMs = 1_000;
const longestWaitMs = 30_000;
/**
 * Silence in which there is a hurry, in milliseconds: nothing should be deaf for 90 s when a way is open. Whoever is
 * silent for longer has met an outage, and must not add to it.
 */
const hurry = { fromMs: 60_000, untilMs: 90_000, longestWaitMs: 1_500 };
/** Whether tries have to follow each other quickly, and to give up quickly. */
export const isHurried = (silentMs: number): boolean => silentMs >= hurry.fromMs && silentMs < hurry.untilMs;
const quickLooks = 5;

/** What to do next. Pure; total: every outcome has an answer in every state. */
export function nextReflectorState(state: ReflectorState, outcome: ReflectorOutcome): ReflectorState {
  const { failures, streams, refreshed } = state;
  const kept = { failures, streams, refreshed };
  switch (outcome.kind) {
    case 'page':
      return { action: 'list', continue: outcome.continue, ...kept };
    case 'listed':
      return { action: 'watch', resourceVersion: outcome.resourceVersion, doubtful: false, ...kept };
    case 'watch-ended': {
      const { resourceVersion, livedMs } = outcome;
      // A server that was restored to an older state keeps silent until it has passed what we ask to go on from.
      const watch = { action: 'watch', resourceVersion, doubtful: outcome.stalled } as const;
      // Who has been deaf for so long has waited enough.
      if (outcome.stalled) return { ...watch, streams, failures: 0, refreshed: false };
      if (livedMs < tooShortMs) return waiting(kept, watch, failures + 1);
      return { ...watch, streams, ...afterLife(state, livedMs) };
    }
    case 'failed':
      return afterFailure(state, outcome);
    case 'waited':
      return state.action === 'wait' ? { ...state.then, ...kept } : state;
  }
}

function afterFailure(state: ReflectorState, outcome: ReflectorOutcome & { kind: 'failed' }): ReflectorState {
  const { streams } = state;
  const { resourceVersion, retryAfterMs, livedMs } = outcome;
  const { failures: before, refreshed } = afterLife(state, livedMs);
  const failures = before + 1;
  const kept = { streams, refreshed };
  const fresh = contents(streams);
  const goOn: Next =
    resourceVersion === undefined ? fresh : { action: 'watch', resourceVersion, doubtful: true };
  switch (outcome.cause) {
    // Pages are the cure, and there is nothing to wait for.
    case 'no-stream':
      return { ...contents(false), failures: state.failures, refreshed, streams: false };
    // The first of them needs no patience, whatever failed before: fresh contents are the cure. Later ones do.
    case 'gone':
    case 'back':
      return refreshed
        ? waiting(kept, fresh, failures)
        : { ...fresh, streams, failures: before, refreshed: true };
    case 'data':
      return waiting(kept, fresh, failures);
    case 'blocked':
      return { ...waiting(kept, goOn, failures), why: 'blocked' };
    case 'ahead':
    case 'other':
      return waiting(kept, goOn, failures, retryAfterMs);
  }
}

/**
 * How long to wait, in milliseconds: full jitter, at first up to a few seconds and at last up to half a minute, and
 * at least as long as the server asked.
 * `silentMs` since the last sign of life: just before it is too long, tries follow each other quickly.
 * Who is blocked looks soon a few times, since kinds and rights are often installed a moment after the operator,
 * and then every half minute.
 */
export function waitMs(state: ReflectorState & { action: 'wait' }, random: Random, silentMs: number): number {
  const maxMs = longestWaitAfter(silentMs);
  const jittered = backoff(state.failures, { baseMs: 400, maxMs }, random);
  if (state.why === 'blocked' && state.failures > quickLooks)
    return longestWaitMs * (0.9 + 0.1 * random.next());
  return Math.min(longestWaitMs, Math.max(jittered, state.leastMs));
}

/** No wait reaches far into the time in which there is a hurry. */
const longestWaitAfter = (silentMs: number): number =>
  silentMs >= hurry.untilMs
    ? longestWaitMs
    : Math.min(longestWaitMs, Math.max(hurry.longestWaitMs, hurry.fromMs - silentMs));

const contents = (streams: boolean): Next =>
  streams ? { action: 'stream' } : { action: 'list', continue: undefined };

const waiting = (
  kept: Pick<ReflectorState, 'streams' | 'refreshed'>,
  then: Next,
  failures: number,
  leastMs = 0,
): ReflectorState & { action: 'wait' } => ({
  action: 'wait',
  then,
  why: 'failure',
  leastMs,
  failures,
  streams: kept.streams,
  refreshed: kept.refreshed,
});

/** What is still held against the server after a watch that lived so long. */
function afterLife(
  { failures, refreshed }: ReflectorState,
  livedMs: number,
): Pick<ReflectorState, 'failures' | 'refreshed'> {
  if (livedMs >= goodAfterMs) return { failures: 0, refreshed: false };
  if (livedMs >= reachableAfterMs) return { failures: Math.min(failures, 2), refreshed: false };
  return { failures, refreshed };
}
