const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** Milliseconds of a duration as Go writes it: `10s`, `1m30s`, `1.5s`; undefined for anything else. */
export function parseDuration(text: string | null): number | undefined {
  if (!text || !/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g))
    total += Number(count) * units[unit!]!;
  return total;
}

/**
 * How long a handler may take when the API server gives up after `timeoutMs`: a tenth less, at most half a second
 * less, so that the answer that tells of the deadline still arrives.
 */
export const handlerMs = (timeoutMs: number): number =>
  Math.max(1, timeoutMs - Math.min(500, timeoutMs / 10));

/** What the API server puts into the query of each call: `?timeout=10s`. */
export function timeoutOf(query: string, fallbackMs: number): number {
  const asked = parseDuration(new URLSearchParams(query).get('timeout'));
  // The longest that Kubernetes allows is 30 s.
  return asked !== undefined && asked > 0 && asked <= 30_000 ? asked : fallbackMs;
}
