import { setTimeout as sleep } from 'node:timers/promises';
import { type Contestant } from '../contestant/contestant.ts';
import { atRate } from '../load/at-rate.ts';
import { changeObject, objectName, objectNames } from '../load/objects.ts';
import { longestGap } from '../measure/gap.ts';
import { type Arena } from './arena.ts';
import { waitUntil } from './roll.ts';
import { type Scenario } from './scenario.ts';

/** Two replicas under a steady load; the leader goes, and for a while nobody writes. */
export const failover: Scenario = {
  key: 'f',
  title: 'failover: last write of the old leader to first of the new one',
  // Its times are those of the election.
  mostRounds: 2,
  async measure(arena, contestant) {
    const killedMs = await gapAfter('SIGKILL', arena, contestant);
    const stoppedMs = await gapAfter('SIGTERM', arena, contestant);
    return { figures: { gapKilledSeconds: killedMs / 1_000, gapStoppedSeconds: stoppedMs / 1_000 } };
  },
};

const gapAfter = (signal: 'SIGKILL' | 'SIGTERM', arena: Arena, contestant: Contestant): Promise<number> =>
  arena.inNamespace(async (namespace) => {
    const { api, witness, sizes } = arena;
    const count = sizes.failoverChangesPerSecond;
    const leader = await arena.startWorking(contestant, namespace);
    await arena.createReady(objectNames(count), namespace, leader);
    const standby = await arena.start(contestant, 'second');
    await sleep(2_000 + sizes.settleMs);

    const moments: number[] = [];
    const off = witness.onChild(({ namespace: where, at }) => void (where === namespace && moments.push(at)));
    const stop = new AbortController();
    const load = atRate({ perSecond: count, signal: stop.signal }, (index) =>
      changeObject(api, namespace, objectName(index % count), index + 1),
    );
    try {
      await sleep(sizes.settleMs);
      const goneFrom = performance.now();
      await leader.end(signal);
      // What the old one wrote last is on its way for a moment; after that whoever writes is the new one.
      const after = performance.now() + 250;
      await waitUntil(() => (moments.at(-1) ?? 0) > after, {
        what: 'the second replica to write',
        timeoutMs: 120_000,
        check: standby.check,
      });
      await sleep(sizes.settleMs);
      const gap = longestGap(moments, goneFrom);
      if (gap === undefined) throw new Error('nobody wrote after the leader had gone');
      return gap.ms;
    } finally {
      stop.abort();
      await load.catch(() => undefined);
      off();
    }
  });
