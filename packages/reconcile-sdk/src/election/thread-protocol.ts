import { type ClusterConfig } from '../client/cluster-config.ts';
import { type ContestNews } from './contest.ts';
import { type LeaseTimes, type TermEnd } from './lease-machine.ts';

/** By this the module knows that it was started as the election's thread. */
export const leaseThreadRole = 'lease-thread';

/** What the thread is started with. */
export interface LeaseThreadData {
  role: typeof leaseThreadRole;
  board: SharedArrayBuffer;
  config: ClusterConfig;
  me: string;
  lease: { namespace?: string; name: string };
  times: LeaseTimes;
  stalledAfterMs: number;
  userAgent: string;
}

/** From the main thread. The term itself is on the board, where it is seen without a message. */
export type LeaseOrder = { do: 'stand' } | { do: 'give-up' };

/** To the main thread. */
export type LeaseReport = ContestNews | { kind: 'over'; end: TermEnd };

/** The main thread leaves its sign of life this often. */
export const beatMs = 1_000;
