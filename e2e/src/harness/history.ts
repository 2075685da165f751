/** What a client saw of one row. */
export interface Observation {
  /** Milliseconds since the epoch. */
  at: number;
  row: string;
  outcome: 'acknowledged' | 'unknown' | 'refused' | 'local' | 'waiting';
  error?: string;
}

export function parseObservations(text: string): Observation[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Observation)
    .filter(({ outcome }) => outcome !== 'waiting');
}

export interface Verdict {
  acknowledged: number;
  /** Acknowledged and not there. */
  lost: string[];
  /** There more than once. */
  duplicated: string[];
  /** There, but nobody wrote it, or the server had refused it. */
  phantom: string[];
  /** The longest time between two acknowledged rows, in milliseconds, and when it began. */
  gapMs: number;
  gapAt: number;
}

/** Holds what clients were told against the rows that are there. */
export function judge(observations: readonly Observation[], rows: readonly string[]): Verdict {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row, (counts.get(row) ?? 0) + 1);
  const outcomes = new Map(observations.map(({ row, outcome }) => [row, outcome]));
  const acknowledged = observations.filter(({ outcome }) => outcome === 'acknowledged');
  const times = acknowledged.map(({ at }) => at).sort((a, b) => a - b);
  let gapMs = 0;
  let gapAt = times[0] ?? 0;
  for (let index = 1; index < times.length; index++) {
    const gap = times[index]! - times[index - 1]!;
    if (gap <= gapMs) continue;
    gapMs = gap;
    gapAt = times[index - 1]!;
  }
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.map(({ row }) => row).filter((row) => !counts.has(row)),
    duplicated: [...counts].filter(([, count]) => count > 1).map(([row]) => row),
    phantom: [...counts.keys()].filter((row) => ['refused', undefined].includes(outcomes.get(row))),
    gapMs,
    gapAt,
  };
}
