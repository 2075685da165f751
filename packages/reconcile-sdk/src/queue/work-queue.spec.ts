import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createWorkQueue, priorities, type WorkQueue } from './work-queue.ts';

const because = (text: string) => ({ text });
const textsOf = (item: ReturnType<WorkQueue['take']>) => item?.causes.map(({ text }) => text);

describe('a work queue', () => {
  it('merges what asks for the same key, and remembers every cause', () => {
    const queue = createWorkQueue();
    queue.add('a', because('pod changed'), 5);
    queue.add('a', because('spec changed'), 6);
    queue.add('a', because('pod changed'), 7);
    const item = queue.take(7);
    expect(item).toMatchObject({ key: 'a', since: 5, priority: 0 });
    expect(textsOf(item)).toEqual(['pod changed', 'spec changed']);
    expect(queue.take(7)).toBeUndefined();
  });

  it('never hands out a key that is being worked on, but once more afterwards', () => {
    const queue = createWorkQueue();
    queue.add('a', because('one'), 0);
    queue.take(0);
    queue.add('a', because('two'), 1);
    queue.add('a', because('three'), 2);
    expect(queue.take(3)).toBeUndefined();
    queue.done('a');
    expect(textsOf(queue.take(4))).toEqual(['two', 'three']);
  });

  it('does not hand out again what only its own writes asked for', () => {
    const queue = createWorkQueue();
    const isEcho = ({ resourceVersion }: { resourceVersion?: string }): boolean => resourceVersion === '7';
    queue.add('a', because('one'), 0);
    queue.take(0);
    queue.add('a', { text: 'changed', resourceVersion: '7' }, 1);
    queue.done('a', isEcho);
    expect(queue.take(2)).toBeUndefined();
    queue.add('a', because('one'), 3);
    queue.take(3);
    queue.add('a', { text: 'changed', resourceVersion: '7' }, 4);
    queue.add('a', { text: 'pod changed', resourceVersion: '8' }, 4);
    queue.done('a', isEcho);
    expect(queue.take(5)?.key).toBe('a');
  });

  it('keeps the earlier of two times, and drops a planned look when it looks now', () => {
    const queue = createWorkQueue();
    queue.addAfter('a', 500, because('planned'), 0);
    queue.addAfter('a', 100, because('planned'), 0);
    queue.addAfter('a', 900, because('planned'), 0);
    expect(queue.nextAt()).toBe(100);
    expect(queue.take(99)).toBeUndefined();
    queue.add('a', because('changed'), 99);
    expect(queue.take(99)?.key).toBe('a');
    queue.done('a');
    expect(queue.nextAt()).toBeUndefined();
    expect(queue.take(1_000)).toBeUndefined();
  });

  it('keeps back what is held, until its last holder lets go', () => {
    const queue = createWorkQueue();
    queue.add('a', because('x'), 0);
    queue.add('b', because('x'), 0);
    queue.hold('a', 'barrier');
    queue.hold('a', 'hot loop');
    expect(queue.take(0)?.key).toBe('b');
    queue.add('a', because('y'), 1);
    queue.release('a', 'barrier');
    expect(queue.take(1)).toBeUndefined();
    expect(queue.stateOf('a')).toMatchObject({ holders: ['hot loop'], causes: ['x', 'y'], readySince: 0 });
    queue.release('a', 'hot loop');
    expect(textsOf(queue.take(1))).toEqual(['x', 'y']);
  });

  it('holds a key that is being worked on for the next time', () => {
    const queue = createWorkQueue();
    queue.add('a', because('x'), 0);
    queue.take(0);
    queue.hold('a', 'barrier');
    queue.add('a', because('y'), 0);
    queue.done('a');
    expect(queue.take(0)).toBeUndefined();
    queue.release('a', 'barrier');
    expect(queue.take(0)?.key).toBe('a');
  });

  it('forgets what is dropped', () => {
    const queue = createWorkQueue();
    queue.add('east//ns/a', because('x'), 0);
    queue.addAfter('east//ns/b', 5, because('x'), 0);
    queue.add('ns/c', because('x'), 0);
    queue.drop((key) => key.startsWith('east//'));
    expect(queue.take(10)?.key).toBe('ns/c');
    expect(queue.take(10)).toBeUndefined();
    expect(queue.size()).toMatchObject({ ready: 0, delayed: 0 });
  });
});

describe('priority', () => {
  it('puts what changed before what was only listed', () => {
    const queue = createWorkQueue();
    queue.add('ns/old', because('start'), 0, { priority: priorities.initial });
    queue.add('ns/new', because('changed'), 50);
    expect(queue.size().byPriority).toEqual(
      new Map([
        [-100, 1],
        [0, 1],
      ]),
    );
    expect(queue.take(50)?.key).toBe('ns/new');
    expect(queue.take(50)?.key).toBe('ns/old');
  });

  it('rises with the most urgent cause', () => {
    const queue = createWorkQueue();
    queue.add('ns/a', because('start'), 0, { priority: priorities.initial });
    queue.add('ns/b', because('changed'), 1);
    queue.add('ns/a', because('changed'), 2);
    expect(queue.take(2)?.key).toBe('ns/a');
    expect(queue.size().byPriority).toEqual(new Map([[0, 1]]));
  });

  it('ages: however many urgent keys come, a low one waits no longer than its head start', () => {
    const served = (msPerPriority: number): number | undefined => {
      const queue = createWorkQueue({ msPerPriority });
      queue.add('ns/low', because('start'), 0, { priority: priorities.initial });
      // One worker, 10 ms a key, and always two more urgent keys waiting, in the same namespace.
      for (let now = 0; now < 60_000; now += 10) {
        queue.add(`ns/u${now}`, because('changed'), now);
        queue.add(`ns/v${now}`, because('changed'), now);
        const item = queue.take(now)!;
        queue.done(item.key);
        if (item.key === 'ns/low') return now;
      }
      return undefined;
    };
    // Those that came in its first 10 s go first, two for each one that is served: 20 s, and not one key more.
    expect(served(100)).toBe(20_000);
    // The control: with a head start as long as the test it starves.
    expect(served(1_000)).toBeUndefined();
  });
});

describe('fairness', () => {
  it('does not let a flood in one namespace delay another', () => {
    const position = (msPerServed: number): number => {
      const queue = createWorkQueue({ msPerServed });
      for (let i = 0; i < 10_000; i++) queue.add(`flood/${i}`, because('x'), 0);
      queue.add('quiet/a', because('x'), 1);
      for (let turn = 0; ; turn++) {
        const item = queue.take(1)!;
        queue.done(item.key);
        if (item.key === 'quiet/a') return turn;
      }
    };
    expect(position(50)).toBe(1);
    // The control: without the share it waits for the whole flood.
    expect(position(0)).toBe(10_000);
  });

  it('serves namespaces that all have plenty in equal parts', () => {
    const queue = createWorkQueue();
    for (const [namespace, count] of [
      ['a', 900],
      ['b', 90],
      ['c', 90],
    ] as const) {
      for (let i = 0; i < count; i++) queue.add(`${namespace}/${i}`, because('x'), 0);
    }
    const share: Record<string, number> = { a: 0, b: 0, c: 0 };
    for (let turn = 0; turn < 90; turn++) {
      const item = queue.take(0)!;
      queue.done(item.key);
      share[item.key[0]!]!++;
    }
    expect(share).toEqual({ a: 30, b: 30, c: 30 });
  });
});

describe('a work queue and its model', () => {
  it('agree: no key lost, none twice, none at the same time, held ones kept back', () => {
    const key = fc.constantFrom('n/a', 'n/b', 'm/c');
    const steps = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant('add' as const), key, priority: fc.constantFrom(-100, 0, 7) }),
        fc.record({ do: fc.constant('later' as const), key, ms: fc.nat(20) }),
        fc.record({ do: fc.constant('take' as const) }),
        fc.record({ do: fc.constant('done' as const), key }),
        fc.record({ do: fc.constant('hold' as const), key }),
        fc.record({ do: fc.constant('release' as const), key }),
        fc.record({ do: fc.constant('drop' as const), key }),
        fc.record({ do: fc.constant('pass' as const), ms: fc.nat(10) }),
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, (script) => {
        const queue = createWorkQueue();
        const working = new Set<string>();
        const wanted = new Set<string>();
        const held = new Set<string>();
        const planned = new Map<string, number>();
        let now = 0;
        for (const step of script) {
          if (step.do === 'pass') now += step.ms;
          if (step.do === 'add') {
            queue.add(step.key, because('x'), now, { priority: step.priority });
            wanted.add(step.key);
          }
          if (step.do === 'later') {
            queue.addAfter(step.key, step.ms, because('x'), now);
            planned.set(step.key, Math.min(planned.get(step.key) ?? Infinity, now + step.ms));
          }
          if (step.do === 'done' && working.delete(step.key)) queue.done(step.key);
          if (step.do === 'hold') {
            queue.hold(step.key, 'h');
            held.add(step.key);
          }
          if (step.do === 'release') {
            queue.release(step.key, 'h');
            held.delete(step.key);
          }
          if (step.do === 'drop') {
            queue.drop((each) => each === step.key);
            for (const set of [wanted, held]) set.delete(step.key);
            planned.delete(step.key);
          }
          if (step.do === 'take') {
            for (const [each, at] of planned) {
              if (at > now) continue;
              planned.delete(each);
              wanted.add(each);
            }
            const available = [...wanted].filter((each) => !working.has(each) && !held.has(each));
            const item = queue.take(now);
            expect(item !== undefined).toBe(available.length > 0);
            if (!item) continue;
            expect(available).toContain(item.key);
            wanted.delete(item.key);
            planned.delete(item.key);
            working.add(item.key);
          }
          const levels = [...queue.size().byPriority.values()].reduce((sum, each) => sum + each, 0);
          expect(levels).toBe(queue.size().ready);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
