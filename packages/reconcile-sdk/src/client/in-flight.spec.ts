import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createInFlight } from './in-flight.ts';

const never = new AbortController().signal;

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
          const waiting: { id: number; abort: AbortController }[] = [];
          const admitted: number[] = [];
          let ids = 0;
          for (const next of steps) {
            if (next.kind === 'enter') {
              const id = ids++;
              const abort = new AbortController();
              if (!next.urgent) waiting.push({ id, abort });
              inFlight.enter(abort.signal, next).then(
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
              gone?.abort.abort(new Error('gone'));
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
    const reason = new Error('given up');
    await expect(createInFlight(1).enter(AbortSignal.abort(reason))).rejects.toBe(reason);
    await createInFlight(1).enter(never);
  });
});
