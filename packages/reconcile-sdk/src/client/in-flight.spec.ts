import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createManualClock } from '../clock/index.ts';
import { createCallLimit } from './call-limit.ts';
import { createInFlight } from './in-flight.ts';

/** The limit of a call that its caller can give up. */
function limitOf() {
  const caller = new AbortController();
  const clock = createManualClock();
  const limit = createCallLimit({ clock, timeoutMs: 1_000, signal: caller.signal, what: 'x' });
  return { limit, abort: () => caller.abort() };
}

describe('in flight', () => {
  it('keeps order and bound, whoever leaves, gives up or comes with urgency', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('enter' as const), urgent: fc.boolean() }),
      fc.record({ kind: fc.constant('leave' as const), pick: fc.nat(30) }),
      fc.record({ kind: fc.constant('abort' as const), pick: fc.nat(30) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 60 }),
        async (bound, steps) => {
          const inFlight = createInFlight(bound);
          const running: { id: number; urgent: boolean; leave: () => void }[] = [];
          const waiting: { id: number; abort: () => void }[] = [];
          const admitted: number[] = [];
          let ids = 0;
          for (const next of steps) {
            if (next.kind === 'enter') {
              const id = ids++;
              const { limit, abort } = limitOf();
              if (!next.urgent) waiting.push({ id, abort });
              inFlight.enter(limit, next).then(
                (leave) => {
                  running.push({ id, urgent: next.urgent, leave });
                  if (next.urgent) return;
                  admitted.push(id);
                  waiting.splice(
                    waiting.findIndex((one) => one.id === id),
                    1,
                  );
                },
                () => undefined,
              );
            } else if (next.kind === 'leave' && running.length > 0) {
              const [gone] = running.splice(next.pick % running.length, 1);
              gone?.leave();
              // Twice does nothing.
              gone?.leave();
            } else if (next.kind === 'abort' && waiting.length > 0) {
              const [gone] = waiting.splice(next.pick % waiting.length, 1);
              gone?.abort();
            }
            await new Promise((resolve) => setImmediate(resolve));
            expect(inFlight.counts()).toEqual({ running: running.length, waiting: waiting.length });
            // Nobody waits while there is a place, and only urgent ones go beyond the bound.
            if (waiting.length > 0) expect(running.length).toBeGreaterThanOrEqual(bound);
            expect(running.filter(({ urgent }) => !urgent).length).toBeLessThanOrEqual(bound);
          }
          expect(admitted).toEqual([...admitted].sort((a, b) => a - b));
        },
      ),
    );
  });

  it('refuses who comes after giving up', async () => {
    const { limit, abort } = limitOf();
    abort();
    await expect(createInFlight(1).enter(limit)).rejects.toBe(limit.reason);
    await createInFlight(1).enter(limitOf().limit);
  });
});
