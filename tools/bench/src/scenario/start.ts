import { type Contestant } from '../contestant/contestant.ts';
import { createObjects, objectNames } from '../load/objects.ts';
import { type Arena } from './arena.ts';
import { createRoll } from './roll.ts';
import { type Scenario } from './scenario.ts';

/** From the start of the process to its first child, and to all of them; the objects are there before it is. */
export const start: Scenario = {
  key: 'e',
  title: 'from process start to the first reconcile',
  async measure(arena, contestant) {
    // With nothing to do nothing could be seen: one object is as near to none as it gets.
    const alone = await startWith(arena, contestant, 1);
    const many = await startWith(arena, contestant, arena.sizes.objects);
    return {
      figures: {
        firstOfOneMs: alone.firstMs,
        firstOfManyMs: many.firstMs,
        allOfManySeconds: many.allMs / 1_000,
      },
    };
  },
};

const startWith = (
  arena: Arena,
  contestant: Contestant,
  count: number,
): Promise<{ readonly firstMs: number; readonly allMs: number }> =>
  arena.inNamespace(async (namespace) => {
    const names = objectNames(count);
    await createObjects(arena.api, namespace, names);
    const children = createRoll(names);
    const off = arena.witness.onChild((child) => child.namespace === namespace && children.mark(child));
    const operator = await arena.start(contestant, 'first');
    await children.complete({ what: 'all children', timeoutMs: 300_000, check: operator.check });
    off();
    return {
      firstMs: children.firstAt() - operator.startedAt,
      allMs: children.lastAt() - operator.startedAt,
    };
  });
