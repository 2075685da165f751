/** The value below which this share of the values lies, between two of them by their distance. NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (low === undefined || high === undefined) return NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export type Summary = {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
};

export const summaryOf = (values: readonly number[]): Summary => ({
  median: quantile(values, 0.5),
  min: Math.min(...values),
  max: Math.max(...values),
  count: values.length,
});

/**
 * How many times `theirs` `ours` is: of the medians, and the least and most of what pairs of the same round say. A
 * pair shares the machine's mood, which whole series do not.
 */
export function ratioOf(
  ours: ReadonlyMap<number, number>,
  theirs: ReadonlyMap<number, number>,
): Summary | undefined {
  const pairs = [...ours].flatMap(([round, value]) => {
    const other = theirs.get(round);
    return other === undefined || other === 0 ? [] : [value / other];
  });
  const below = summaryOf([...theirs.values()]).median;
  if (pairs.length === 0 || below === 0) return undefined;
  return { ...summaryOf(pairs), median: summaryOf([...ours.values()]).median / below };
}
