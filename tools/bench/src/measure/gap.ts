/**
 * The longest silence among these moments that ends after `from`, and where it begins and ends. Undefined when fewer
 * than two moments are left to be between.
 */
export function longestGap(
  moments: readonly number[],
  from: number,
): { readonly from: number; readonly to: number; readonly ms: number } | undefined {
  let longest: { from: number; to: number; ms: number } | undefined;
  for (const [index, to] of moments.entries()) {
    const before = moments[index - 1];
    if (before === undefined || to < from) continue;
    if (longest === undefined || to - before > longest.ms) longest = { from: before, to, ms: to - before };
  }
  return longest;
}
