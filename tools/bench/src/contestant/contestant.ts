/** One of those that are compared: a way to start the same operator. */
export type Contestant = {
  readonly name: ContestantName;
  /** For the head of the table. */
  readonly title: string;
  readonly command: readonly [file: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
};

/**
 * `ours-plain`: without the flags of Node by which our images save memory. `theirs`: as most operators are written.
 * `theirs-lean`: applies only what differs and caches no managedFields. `theirs-strict`: as well it reads its own
 * writes, looks past the cache at the parent, and makes children only where there is none, as the SDK does.
 */
export const contestantNames = ['ours', 'ours-plain', 'theirs', 'theirs-lean', 'theirs-strict'] as const;
export type ContestantName = (typeof contestantNames)[number];

/** Times of the election, in milliseconds; the defaults of both are 15 s, 10 s and 2 s. */
export type ElectionTimes = {
  readonly durationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
};

/** The flags that both understand. */
export const flagsOf = (kubeconfig: string, times: ElectionTimes): readonly string[] => [
  `--kubeconfig=${kubeconfig}`,
  '--concurrency=4',
  `--lease-duration=${times.durationMs}ms`,
  `--renew-deadline=${times.renewDeadlineMs}ms`,
  `--retry-period=${times.retryMs}ms`,
];
