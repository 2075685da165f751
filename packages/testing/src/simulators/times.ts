/** How long things take, in milliseconds of the simulation's clock. */
export interface Times {
  /** From a change to a controller's look at it. */
  reactionMs: number;
  schedulingMs: number;
  /** Image pull and making of the containers. */
  pullMs: number;
  /** From the start of a container to its readiness, where no program says otherwise. */
  readyMs: number;
  /** From SIGTERM to the end, where no program says otherwise. */
  stopMs: number;
  /** How long a container runs that is meant to end. */
  runMs: number;
  /** From a claim to its volume. */
  provisionMs: number;
  /** From a lost node to its being noticed. */
  nodeNoticedMs: number;
  /** First wait of a container that crashes; doubled up to `crashBackoffMaxMs`. */
  crashBackoffMs: number;
  crashBackoffMaxMs: number;
}

/** Near to those of a small healthy cluster. */
export const usualTimes: Times = {
  reactionMs: 20,
  schedulingMs: 50,
  pullMs: 1_000,
  readyMs: 2_000,
  stopMs: 500,
  runMs: 5_000,
  provisionMs: 500,
  nodeNoticedMs: 40_000,
  crashBackoffMs: 10_000,
  crashBackoffMaxMs: 300_000,
};
