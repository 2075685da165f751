/** A measurement: minutes since the start, and the value. */
export type Point = readonly [minutes: number, value: number];

/** Slope of the line through the second half of the points (least squares), per minute; undefined for too few. */
export function slopeOfSecondHalf(points: readonly Point[]): number | undefined {
  const last = points.at(-1)?.[0] ?? 0;
  const half = points.filter(([at]) => at >= last / 2);
  if (half.length < 8) return undefined;
  const mean = (pick: 0 | 1): number => half.reduce((sum, point) => sum + point[pick], 0) / half.length;
  const [x, y] = [mean(0), mean(1)];
  const above = half.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
  const below = half.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return below === 0 ? undefined : above / below;
}
