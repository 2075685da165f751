import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  initialReflectorState,
  nextReflectorState,
  type ReflectorOutcome,
  type ReflectorState,
} from './reflector-machine.ts';

const watching: ReflectorState = { action: 'watch', resourceVersion: '7', failures: 0 };

describe('the reflector', () => {
  it('walks the pages, then watches from the list’s resourceVersion', () => {
    const second = nextReflectorState(initialReflectorState, { kind: 'page', continue: 'c' });
    expect(second).toEqual({ action: 'list', continue: 'c', failures: 0 });
    expect(nextReflectorState(second, { kind: 'listed', resourceVersion: '7' })).toEqual(watching);
  });

  it('goes on from the last event when the server ends the watch', () => {
    const outcome: ReflectorOutcome = {
      kind: 'watch-ended',
      resourceVersion: '9',
      livedMs: 400_000,
      stalled: false,
    };
    expect(nextReflectorState(watching, outcome)).toEqual({
      action: 'watch',
      resourceVersion: '9',
      failures: 0,
    });
  });

  it('lists afresh at once on the first 410, and with patience on the next', () => {
    const gone: ReflectorOutcome = { kind: 'failed', gone: true, resourceVersion: '9', livedMs: 10 };
    const first = nextReflectorState(watching, gone);
    expect(first).toEqual({ action: 'list', continue: undefined, failures: 1 });
    expect(nextReflectorState(first, gone).action).toBe('wait');
  });

  it('waits after a failure and watches again from where it was', () => {
    const failed: ReflectorOutcome = { kind: 'failed', gone: false, resourceVersion: '9', livedMs: 10 };
    const waiting = nextReflectorState(watching, failed);
    expect(waiting).toEqual({ action: 'wait', then: { action: 'watch', resourceVersion: '9' }, failures: 1 });
    expect(nextReflectorState(waiting, { kind: 'waited' })).toEqual({
      action: 'watch',
      resourceVersion: '9',
      failures: 1,
    });
  });

  it('does not hammer a server that ends every watch at once', () => {
    const outcome: ReflectorOutcome = {
      kind: 'watch-ended',
      resourceVersion: '9',
      livedMs: 5,
      stalled: false,
    };
    expect(nextReflectorState(watching, outcome).action).toBe('wait');
  });

  it('always has something to do, and never watches before it has listed', () => {
    const outcomes = fc.array(
      fc.record({ gone: fc.boolean(), livedMs: fc.nat(300_000), fails: fc.boolean(), stalled: fc.boolean() }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(outcomes, (script) => {
        let state = initialReflectorState;
        let hasListed = false;
        for (const { gone, livedMs, fails, stalled } of script) {
          if (state.action === 'watch') expect(hasListed).toBe(true);
          const at = state.action === 'watch' ? state.resourceVersion : undefined;
          const outcome: ReflectorOutcome =
            state.action === 'wait'
              ? { kind: 'waited' }
              : fails
                ? { kind: 'failed', gone, resourceVersion: at, livedMs }
                : state.action === 'list'
                  ? { kind: 'listed', resourceVersion: '1' }
                  : { kind: 'watch-ended', resourceVersion: at ?? '', livedMs, stalled };
          if (outcome.kind === 'listed') hasListed = true;
          state = nextReflectorState(state, outcome);
          expect(['list', 'watch', 'wait']).toContain(state.action);
        }
      }),
    );
  });
});
