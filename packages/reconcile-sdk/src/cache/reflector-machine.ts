/**
 * The life of one watch as a pure machine: the state says what to do next, and the outcome of doing it gives
 * the next state. It has no end: whatever fails is waited for and tried again.
 */
export type ReflectorState = {
  /** Failures in a row; 0 once a watch has been good for a while. */
  readonly failures: number;
} & (
  | { readonly action: 'list'; readonly continue: string | undefined }
  | { readonly action: 'watch'; readonly resourceVersion: string }
  | {
      readonly action: 'wait';
      readonly then: { action: 'list' } | { action: 'watch'; resourceVersion: string };
    }
);

export type ReflectorOutcome =
  | { kind: 'page'; continue: string }
  | { kind: 'listed'; resourceVersion: string }
  /** The server ended the watch in good order, or nothing came for too long (`stalled`). */
  | { kind: 'watch-ended'; resourceVersion: string; livedMs: number; stalled: boolean }
  /** `gone`: that resourceVersion, or page, is too old to go on from. */
  | { kind: 'failed'; gone: boolean; resourceVersion: string | undefined; livedMs: number }
  | { kind: 'waited' };

export const initialReflectorState: ReflectorState = { action: 'list', continue: undefined, failures: 0 };

/** A watch that lived this long shows that the server is well again. */
const goodAfterMs = 120_000;
/** One that ended sooner than this is waited for as if it had failed, or a broken server would be hammered. */
const tooShortMs = 1_000;

export function nextReflectorState(state: ReflectorState, outcome: ReflectorOutcome): ReflectorState {
  switch (outcome.kind) {
    case 'page':
      return { action: 'list', continue: outcome.continue, failures: state.failures };
    case 'listed':
      return { action: 'watch', resourceVersion: outcome.resourceVersion, failures: state.failures };
    case 'watch-ended': {
      const watch = { action: 'watch', resourceVersion: outcome.resourceVersion } as const;
      if (outcome.livedMs < tooShortMs) return { action: 'wait', then: watch, failures: state.failures + 1 };
      return { ...watch, failures: outcome.stalled ? state.failures : failuresAfter(state, outcome.livedMs) };
    }
    case 'failed': {
      // The first 410 needs no patience: a fresh list is the cure. Later ones do.
      if (outcome.gone && state.failures === 0) return { action: 'list', continue: undefined, failures: 1 };
      const failures = failuresAfter(state, outcome.livedMs) + 1;
      const then =
        outcome.gone || outcome.resourceVersion === undefined
          ? ({ action: 'list' } as const)
          : ({ action: 'watch', resourceVersion: outcome.resourceVersion } as const);
      return { action: 'wait', then, failures };
    }
    case 'waited': {
      if (state.action !== 'wait') return state;
      return state.then.action === 'list'
        ? { action: 'list', continue: undefined, failures: state.failures }
        : { ...state.then, failures: state.failures };
    }
  }
}

const failuresAfter = (state: ReflectorState, livedMs: number): number =>
  livedMs >= goodAfterMs ? 0 : state.failures;
