import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunControlPlane, startControlPlane, type ControlPlane } from '@stateful/local-cluster';
import { openArena, type Arena, type ArenaOptions } from './election/arena.ts';
import {
  delayed,
  frozen,
  killed,
  leaseBlackHole,
  stalledAndCut,
  stalledLoop,
  stopped,
} from './election/faults.ts';
import { lateWrites } from './election/oracle.ts';
import { round, tableOf, type RoundResult } from './election/round.ts';

/**
 * Two processes with the real client against a real API server: no write of an old leader comes after the first
 * one of its successor. The long version with more faults is election/two-leaders.ts.
 */
const canRun = await canRunControlPlane('The election of two leaders');

const times = { durationMs: 5_000, renewDeadlineMs: 3_500, retryMs: 500, stalledAfterMs: 20_000 };

(canRun ? describe : describe.skip)('two that want to lead', () => {
  let plane: ControlPlane;
  const open: Arena[] = [];
  beforeAll(async () => {
    plane = await startControlPlane({ auditLog: true });
  }, 600_000);
  afterAll(async () => {
    await Promise.all(open.map((arena) => arena.close()));
    await plane?.stop();
  }, 60_000);

  async function arenaIn(namespace: string, options: Partial<ArenaOptions> = {}): Promise<Arena> {
    const arena = await openArena({ plane, namespace, times, ...options });
    open.push(arena);
    return arena;
  }

  it('never write at the same time, whatever happens to the leader', async () => {
    const arena = await arenaIn('fenced');
    const results: RoundResult[] = [];
    for (const fault of [stalledLoop, stalledAndCut, leaseBlackHole, delayed(700), frozen, stopped, killed]) {
      results.push(await round(arena, fault));
    }
    console.log(tableOf(results));
    expect(lateWrites(arena.writes())).toEqual([]);
    expect(lateWrites(arena.auditedWrites())).toEqual([]);
    expect(arena.writes().length).toBeGreaterThan(500);
    // Released, not waited for.
    expect(results.find(({ fault }) => fault === stopped.name)?.gapMs).toBeLessThan(times.durationMs / 2);
  }, 120_000);

  it('would without the fence', async () => {
    const arena = await arenaIn('unfenced', { fence: false });
    await round(arena, stalledAndCut);
    expect(lateWrites(arena.writes()).length).toBeGreaterThan(10);
    expect(lateWrites(arena.auditedWrites()).length).toBeGreaterThan(10);
  }, 60_000);

  it('lose the Lease to a busy loop when it is renewed on the main loop', async () => {
    const arena = await arenaIn('one-thread', { thread: false });
    await expect(round(arena, stalledLoop)).rejects.toThrow('the Lease was lost in the stall');
    // The fence holds there too.
    expect(lateWrites(arena.writes())).toEqual([]);
  }, 60_000);
});
