import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { leadsInstead, pause, stallOver, type Fault } from './faults.ts';

/** Not synchronous: the links run in this process. */
const nft = async (...args: string[]): Promise<void> => void (await promisify(execFile)('nft', args));

/** Drops every packet to these ports of this machine's loopback, then those from them too. */
async function dropPackets(ports: readonly string[]): Promise<void> {
  const set = `{ ${ports.join(', ')} }`;
  await nft('add table inet two_leaders');
  await nft('add chain inet two_leaders input { type filter hook input priority 0; }');
  await nft(`add rule inet two_leaders input tcp dport ${set} drop`);
  // Answers still come, so every writer gets to send a request into the dead network.
  await pause(100);
  await nft(`add rule inet two_leaders input tcp sport ${set} drop`);
}

/**
 * The kernel keeps what was written into a dead network and sends it again when the network is back, also for a
 * connection that was closed: only a reset takes it back.
 */
function partition(name: string, isStalled: boolean): Fault {
  return {
    name,
    handsOver: true,
    async run(arena, leader) {
      const epoch = leader.epoch() ?? 0;
      const { lease, writes } = leader.links;
      const stallMs = arena.times.durationMs * 1.5 + 2 * arena.times.retryMs;
      try {
        await dropPackets([lease, writes].map(({ server }) => new URL(server).port));
        if (isStalled) leader.order({ do: 'stall', ms: stallMs, busily: false });
        await leadsInstead(arena, leader, epoch);
        if (isStalled) await stallOver(arena, leader, stallMs);
        await pause(200);
      } finally {
        await nft('delete table inet two_leaders');
      }
      // The kernel's next retransmission may be as far away as the partition was long.
      await pause(arena.times.durationMs * 2.5);
    },
  };
}

export const droppedPackets = partition('all packets dropped, network heals later', false);
/** Heals only when the main loop is back and has taken its writes back. */
export const droppedPacketsAndStall = partition('all packets dropped, main loop stalled', true);
