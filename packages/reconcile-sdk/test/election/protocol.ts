import { type ElectionTimes } from '../../src/election/index.ts';

/** How a participant of the two-leaders test is started. */
export interface ParticipantOptions {
  identity: string;
  kubeconfig: string;
  namespace: string;
  /** The way of the Lease and the way of all else: each its own, so that one can be cut alone. */
  servers: { lease: string; writes: string };
  times: ElectionTimes;
  /** Renew in a thread. */
  thread: boolean;
  /** Off: the negative control. It neither asks the fence nor ends when it is told to. */
  fence: boolean;
  /** Off: what is under way when the term ends is not cut, only nothing new is begun. A negative control too. */
  cutsWrites: boolean;
  writers: number;
  /** Between two writes of one writer. */
  pauseMs: number;
}

export type Order = { do: 'stall'; ms: number; busily: boolean } | { do: 'stop' };
export type Report =
  | { kind: 'ready' }
  | { kind: 'leading'; epoch: number }
  | { kind: 'not-leading' }
  | { kind: 'stall-over'; stillHeld: boolean }
  | { kind: 'log'; line: string };

/** The object that everybody writes. */
export const target = { name: 'written-by-leaders' };
export const leaseName = 'leader';
