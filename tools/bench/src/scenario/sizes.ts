import { type ElectionTimes } from '../contestant/contestant.ts';

/** How much of everything. */
export type Sizes = {
  /** Objects of the scenarios converge, changes and start. */
  readonly objects: number;
  readonly changesPerSecond: number;
  readonly changesForSeconds: number;
  /** Objects in the caches of the scenario memory: half parents, half children. */
  readonly cached: number;
  readonly restSeconds: number;
  readonly failoverChangesPerSecond: number;
  /** Before something is measured, and after what led there. */
  readonly settleMs: number;
  readonly election: ElectionTimes;
};

export const fullSizes: Sizes = {
  objects: 2_000,
  changesPerSecond: 200,
  changesForSeconds: 30,
  cached: 20_000,
  restSeconds: 30,
  failoverChangesPerSecond: 50,
  settleMs: 3_000,
  election: { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 },
};

/** Shows that everything works; says nothing about speed. */
export const quickSizes: Sizes = {
  objects: 40,
  changesPerSecond: 20,
  changesForSeconds: 3,
  cached: 80,
  restSeconds: 2,
  failoverChangesPerSecond: 20,
  settleMs: 500,
  election: { durationMs: 3_000, renewDeadlineMs: 2_000, retryMs: 500 },
};
