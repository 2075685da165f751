import { type ContestantName } from '../contestant/contestant.ts';
import { type Sample } from '../rounds.ts';
import { type Sizes } from '../scenario/sizes.ts';

/** A whole run, as the JSON holds it. */
export type Result = {
  readonly date: string;
  readonly machine: {
    readonly processors: number;
    readonly model: string;
    readonly memoryGiB: number;
    readonly system: string;
  };
  readonly kubernetes: string;
  readonly rounds: number;
  readonly quick: boolean;
  readonly sizes: Sizes;
  readonly contestants: readonly { readonly name: ContestantName; readonly title: string }[];
  readonly samples: readonly Sample[];
  /** Measurements that failed, and why. */
  readonly problems: readonly string[];
};

/** Values of one figure by round. */
export function seriesOf(
  samples: readonly Sample[],
  contestant: ContestantName,
  figure: string,
): ReadonlyMap<number, number> {
  return new Map(
    samples.flatMap((sample) => {
      const value = sample.contestant === contestant ? sample.figures[figure] : undefined;
      return value === undefined ? [] : [[sample.round, value] as const];
    }),
  );
}
