import { type Arena, type Participant } from './arena.ts';

/** Something that happens to the leader. */
export interface Fault {
  readonly name: string;
  /** Whether another is to lead afterwards. */
  readonly handsOver: boolean;
  /** Returns when it is over and healed. */
  run(arena: Arena, leader: Participant): Promise<void>;
}

export const leadsInstead = (arena: Arena, leader: Participant, epoch: number, afterMs = 0): Promise<void> =>
  arena.until(
    'another leads and writes',
    () =>
      arena
        .writes()
        .slice(-100)
        .some((write) => write.epoch > epoch && write.writer !== leader.identity),
    afterMs + arena.times.durationMs + 20_000,
  );
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const beyond = ({ times }: Arena): number => times.durationMs * 1.5 + 2 * times.retryMs;

export async function stallOver(arena: Arena, leader: Participant, ms: number): Promise<boolean> {
  const found = () => leader.reports().findLast((report) => report.kind === 'stall-over');
  const before = found();
  await arena.until('the stall is over', () => found() !== before, ms + 20_000);
  return found()?.stillHeld ?? false;
}

/** The Lease's way, or both, in a mode; and the main loop busy, or not. */
function network(
  name: string,
  what: {
    lease?: 'cut' | 'black-hole';
    writes?: 'cut' | 'black-hole';
    isStalled?: boolean;
    delayMs?: number;
  },
): Fault {
  return {
    name,
    handsOver: true,
    async run(arena, leader) {
      const epoch = leader.epoch() ?? 0;
      const { lease, writes } = leader.links;
      if (what.delayMs) {
        writes.set({ kind: 'delay', ms: what.delayMs });
        await pause(2 * what.delayMs);
      }
      if (what.lease) lease.set({ kind: what.lease });
      if (what.writes) writes.set({ kind: what.writes });
      const stallMs = beyond(arena);
      if (what.isStalled) leader.order({ do: 'stall', ms: stallMs, busily: false });
      await leadsInstead(arena, leader, epoch);
      if (what.isStalled && (await stallOver(arena, leader, stallMs)))
        throw new Error('it believes to lead after the stall');
      // What is late has its time to come.
      await pause(Math.max(500, 2 * (what.delayMs ?? 0)));
      lease.set({ kind: 'pass' });
      writes.set({ kind: 'pass' });
    },
  };
}

export const stalledLoop: Fault = {
  name: 'main loop busy, for longer than the Lease lasts',
  handsOver: false,
  async run(arena, leader) {
    const ms = beyond(arena);
    leader.order({ do: 'stall', ms, busily: true });
    if (!(await stallOver(arena, leader, ms))) throw new Error('the Lease was lost in the stall');
  },
};

export const hungLoop: Fault = {
  name: 'main loop hangs, for longer than stalledAfterMs',
  handsOver: true,
  async run(arena, leader) {
    const epoch = leader.epoch() ?? 0;
    const ms = arena.times.stalledAfterMs + beyond(arena);
    leader.order({ do: 'stall', ms, busily: false });
    await leadsInstead(arena, leader, epoch, arena.times.stalledAfterMs);
    if (await stallOver(arena, leader, ms)) throw new Error('it believes to lead after it hung');
    await pause(500);
  },
};

export const frozen: Fault = {
  name: 'SIGSTOP, for longer than the Lease lasts',
  handsOver: true,
  async run(arena, leader) {
    const epoch = leader.epoch() ?? 0;
    leader.kill('SIGSTOP');
    await leadsInstead(arena, leader, epoch);
    await pause(500);
    leader.kill('SIGCONT');
    await pause(1_000);
  },
};

const ends = (name: string, signal: NodeJS.Signals): Fault => ({
  name,
  handsOver: true,
  async run(arena, leader) {
    const epoch = leader.epoch() ?? 0;
    leader.kill(signal);
    await leadsInstead(arena, leader, epoch);
    await arena.until('it has ended', () => leader.isGone());
  },
});
export const stopped = ends('SIGTERM: stops and releases', 'SIGTERM');
export const killed = ends('SIGKILL', 'SIGKILL');

export const leaseCut = network('Lease: connections reset', { lease: 'cut' });
export const leaseBlackHole = network('Lease: black hole', { lease: 'black-hole' });
export const stalledAndCut = network('main loop stalled, Lease reset', { lease: 'cut', isStalled: true });
export const stalledAndBlackHole = network('main loop stalled, Lease in a black hole', {
  lease: 'black-hole',
  isStalled: true,
});
export const allCut = network('all connections reset', { lease: 'cut', writes: 'cut' });
export const allBlackHole = network('all in a black hole', { lease: 'black-hole', writes: 'black-hole' });
/** Writes arrive late, by less than the margin between renew deadline and duration. */
export const delayed = (delayMs: number): Fault =>
  network(`Lease: black hole; writes ${delayMs} ms late`, { lease: 'black-hole', delayMs });

/**
 * What no client can protect from: a switch, a proxy or a stopped process's kernel has the bytes already and
 * delivers them when another leads.
 */
export const heldWrites: Fault = {
  name: 'writes held in the network until another leads',
  handsOver: true,
  async run(arena, leader) {
    const epoch = leader.epoch() ?? 0;
    leader.links.writes.set({ kind: 'hold' });
    await pause(200);
    leader.links.lease.set({ kind: 'black-hole' });
    await leadsInstead(arena, leader, epoch);
    leader.links.writes.set({ kind: 'pass' });
    await pause(1_000);
    leader.links.lease.set({ kind: 'pass' });
  },
};
