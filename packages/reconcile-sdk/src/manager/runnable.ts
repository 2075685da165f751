import { type Resource } from '../client/index.ts';

/** Something that runs as long as the manager does. */
export interface Runnable {
  /** For people and logs. */
  readonly name: string;
  /** `leader`: only while this process leads. `always`: on every replica, such as a webhook server. */
  readonly on: 'leader' | 'always';
  /** Runs until the signal aborts. One that throws ends the manager: it is a mistake of its author. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Kinds that the API server may be unable to give out before this process is ready, since it asks this runnable
   * first (conversion): /readyz tells of their caches and does not wait for them, or each would wait for the other.
   */
  readonly convertedHere?: readonly Resource[];
  /** What it still waits for before this process is ready, for /readyz; undefined: nothing. */
  notReady?(): string | undefined;
}
