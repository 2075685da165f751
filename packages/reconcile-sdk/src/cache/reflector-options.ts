import { type Clock, type Random } from '../clock/index.ts';
import { type KubeClient, type KubeObject, type Resource, type Selection } from '../client/index.ts';
import { type OperatorError } from '../errors/index.ts';
import { type Problem, type ProblemKind } from './problem.ts';
import { type FailureCause } from './reflector-machine.ts';
import { type Difference, type Store, type StoreOptions } from './store.ts';
import { type StreamingSupport } from './streaming-support.ts';

/** What happened to one object, and when this process heard of it. */
export type Change<T extends KubeObject> = Difference<T> & {
  /** On the monotonic clock, in milliseconds. */
  receivedAt: number;
  /** From a list, or told again to a listener that came late: nothing new may have happened. */
  initial: boolean;
};

/** Why a watch is begun anew: the server `ended` it as it does every few minutes, it `stalled`, or it failed. */
export type RestartReason = 'ended' | 'stalled' | FailureCause;

/** What to watch, and whom to tell. A callback that throws is reported to `onFault` and does no other harm. */
export interface ReflectorOptions<T extends KubeObject> extends Selection {
  client: KubeClient;
  resource: Resource<T>;
  clock: Clock;
  random: Random;
  /** Only `metadata` is asked for and held. */
  metadataOnly?: boolean;
  /** See StoreOptions. */
  transform?: StoreOptions<T>['transform'];
  /** Shared by all reflectors of one server; default: one of its own. */
  streaming?: StreamingSupport;
  onChange?: (change: Change<T>) => void;
  /** Called after every step forward: contents, events, a bookmark. */
  onAdvance?: () => void;
  /** A failure, once each; `attempt` counts those in a row. */
  onFailure?: (error: OperatorError, attempt: number, problem: Problem) => void;
  /** It gets on again after failures. */
  onRecovered?: () => void;
  onRestart?: (reason: RestartReason) => void;
  /** The server's store was put back to an older state: versions of before mean nothing now. */
  onEpoch?: (epoch: number, from: string, to: string) => void;
  /** A function that was handed in threw: `onChange`, `transform` or an index. */
  onFault?: (error: unknown) => void;
  /** Objects per list page. Default 500. */
  pageSize?: number;
  /** Silence after which a watch counts as dead; the server sends a bookmark about once a minute. Default 70 s; Infinity: never. */
  stallMs?: number;
}

/** Whether the store can be relied on, and why not. */
export interface ReflectorHealth {
  synced: boolean;
  /** Since the last sign of life, in milliseconds; undefined before the first. */
  silentMs: number | undefined;
  /** Why it is not getting on now and what to do about it, for people. */
  failing: string | undefined;
  problem?: ProblemKind;
}

/** What a reflector has done since it was made. */
export interface ReflectorCounts {
  /** Times that the whole contents were asked for, in pages or as a stream. */
  lists: number;
  /** Watches that were begun; a stream of contents goes on as one. */
  watches: number;
  /** Watches that stalled or failed. */
  restarts: number;
  /** Changes that were received, bookmarks not among them. */
  events: number;
}

/** Keeps a store equal to what the API server has, for as long as it runs. */
export interface Reflector<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>;
  readonly store: Store<T>;
  /** Runs until the signal aborts; never throws. */
  run(signal: AbortSignal): Promise<void>;
  /** Ends a wait for a missing right or kind: something may have changed. */
  nudge(): void;
  hasSynced(): boolean;
  /** The newest resourceVersion that the store is known to contain; empty before the first list. */
  seen(): string;
  /** Whether the contents are as new as that version. */
  contains(version: string): boolean;
  /** Times that the server's store was put back to an older state. */
  epoch(): number;
  health(): ReflectorHealth;
  counts(): ReflectorCounts;
  /** Milliseconds since the last change came; undefined before the first. */
  lastEventMs(): number | undefined;
}
