import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createWorkQueue } from './work-queue.ts';

describe('a work queue', () => {
  it('merges what asks for the same key, and remembers every reason', () => {
    const queue = createWorkQueue();
    queue.add('a', 'pod changed', 5);
    queue.add('a', 'spec changed', 6);
    expect(queue.take(7)).toEqual({ key: 'a', reasons: ['pod changed', 'spec changed'], since: 5 });
    expect(queue.take(7)).toBeUndefined();
  });

  it('never hands out a key that is being worked on, but once more afterwards', () => {
    const queue = createWorkQueue();
    queue.add('a', 'one', 0);
    queue.take(0);
    queue.add('a', 'two', 1);
    queue.add('a', 'three', 2);
    expect(queue.take(3)).toBeUndefined();
    queue.done('a');
    expect(queue.take(4)).toEqual({ key: 'a', reasons: ['two', 'three'], since: 1 });
  });

  it('keeps the earlier of two times, and drops a planned look when it looks now', () => {
    const queue = createWorkQueue();
    queue.addAfter('a', 100, 'planned', 0);
    queue.addAfter('a', 500, 'planned', 0);
    expect(queue.nextAt()).toBe(100);
    expect(queue.take(99)).toBeUndefined();
    queue.add('a', 'changed', 99);
    expect(queue.take(99)?.key).toBe('a');
    queue.done('a');
    expect(queue.nextAt()).toBeUndefined();
    expect(queue.take(1_000)).toBeUndefined();
  });

  it('passes over keys that are held back', () => {
    const queue = createWorkQueue();
    queue.add('a', 'x', 0);
    queue.add('b', 'x', 0);
    expect(queue.take(0, (key) => key !== 'a')?.key).toBe('b');
    expect(queue.take(0)?.key).toBe('a');
  });

  it('agrees with a model: no key lost, none twice, none at the same time', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c') }),
        fc.record({ do: fc.constant('later' as const), key: fc.constantFrom('a', 'b', 'c'), ms: fc.nat(20) }),
        fc.record({ do: fc.constant('take' as const) }),
        fc.record({ do: fc.constant('done' as const), key: fc.constantFrom('a', 'b', 'c') }),
        fc.record({ do: fc.constant('pass' as const), ms: fc.nat(10) }),
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, (script) => {
        const queue = createWorkQueue();
        const working = new Set<string>();
        const wanted = new Set<string>();
        const planned = new Map<string, number>();
        let now = 0;
        for (const step of script) {
          if (step.do === 'pass') now += step.ms;
          if (step.do === 'add') {
            queue.add(step.key, 'x', now);
            wanted.add(step.key);
          }
          if (step.do === 'later') {
            queue.addAfter(step.key, step.ms, 'x', now);
            planned.set(step.key, Math.min(planned.get(step.key) ?? Infinity, now + step.ms));
          }
          if (step.do === 'done' && working.delete(step.key)) queue.done(step.key);
          if (step.do === 'take') {
            for (const [key, at] of planned) {
              if (at > now) continue;
              planned.delete(key);
              wanted.add(key);
            }
            const available = [...wanted].filter((key) => !working.has(key));
            const item = queue.take(now);
            expect(item !== undefined).toBe(available.length > 0);
            if (!item) continue;
            expect(available).toContain(item.key);
            wanted.delete(item.key);
            planned.delete(item.key);
            working.add(item.key);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
