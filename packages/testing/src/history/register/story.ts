import { checkLinearizable, type Interval, type Model } from '../linearizable.ts';
import { isRegisterRead, registerText, type Content, type RegisterOperation } from './register.ts';

type RegisterInterval = Interval<RegisterOperation>;
type RegisterModel = Model<Content, RegisterOperation>;

/** How many operations are told before the one that cannot be. */
const told = 12;

/** Steps spent on leaving out reads: a shorter story is worth a second, not a minute. */
const trimmingBudget = 300_000;

/**
 * The shortest beginning of a history that is impossible already, without reads that can be left out of the proof.
 * Operations still open at its end are in doubt.
 */
export function shortestImpossible(
  model: RegisterModel,
  intervals: readonly RegisterInterval[],
  budget: number,
): readonly RegisterInterval[] {
  let left = budget;
  const isImpossible = (some: readonly RegisterInterval[]): boolean => {
    const { verdict, steps } = checkLinearizable(model, some, Math.max(0, left));
    left -= steps;
    return verdict === 'impossible';
  };
  const ends = intervals.map(({ end }) => end).filter((end) => end !== Infinity);
  ends.sort((a, b) => a - b);
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    left = budget;
    if (isImpossible(until(intervals, ends[middle]!))) high = middle;
    else low = middle + 1;
  }
  let shortest = until(intervals, ends[low] ?? Infinity);
  // What only looked can be left out one by one; without a write, other answers would lose their meaning.
  left = Math.min(budget, trimmingBudget);
  for (const interval of shortest) {
    if (!isRegisterRead(interval.operation)) continue;
    const without = shortest.filter((one) => one !== interval);
    if (isImpossible(without)) shortest = without;
  }
  return shortest;
}

function until(intervals: readonly RegisterInterval[], time: number): readonly RegisterInterval[] {
  return intervals
    .filter(({ start }) => start <= time)
    .map((one) => (one.end <= time ? one : { ...one, end: Infinity, isOptional: true }))
    .filter((one) => !one.isOptional || !isRegisterRead(one.operation));
}

export function impossibleStory(
  key: string,
  model: RegisterModel,
  intervals: readonly RegisterInterval[],
  budget: number,
): string {
  const { order } = checkLinearizable(model, intervals, budget);
  const placed = order.map((index) => intervals[index]!.operation);
  const rest = intervals.filter(({ isOptional }, index) => !isOptional && !order.includes(index));
  const state = placed.reduce(
    (content, operation) => model.step(content, operation)?.state ?? content,
    model.initial,
  );
  const skipped = Math.max(0, placed.length - told);
  return [
    `${key}: no order explains this part of its history. The longest order found:`,
    ...(skipped > 0 ? [`  (${skipped} operations before)`] : []),
    ...placed.slice(skipped).map((operation) => `  ${registerText(operation)}`),
    `  leaves ${state ?? 'nothing'} in the register, and then there is no place for`,
    ...rest.map(({ operation }) => `  - ${registerText(operation)}`),
  ].join('\n');
}
