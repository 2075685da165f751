/** One thing that happened in a world. */
export interface TraceEntry {
  /** Milliseconds since the world began. */
  readonly at: number;
  /** `operator-1`, `user`, `fault`, `server`. */
  readonly who: string;
  readonly what: string;
}

/** What happened, in order. */
export interface Trace {
  add(who: string, what: string): void;
  entries(): readonly TraceEntry[];
}

export function createTrace(clock: { monotonic(): number }): Trace {
  const entries: TraceEntry[] = [];
  return {
    add: (who, what) => void entries.push({ at: clock.monotonic(), who, what }),
    entries: () => entries,
  };
}

/** As people read it: time in seconds, who, what. */
export function traceText(entries: readonly TraceEntry[]): string {
  const width = Math.max(0, ...entries.map(({ who }) => who.length));
  return entries
    .map(({ at, who, what }) => `${(at / 1000).toFixed(3).padStart(10)} s  ${who.padEnd(width)}  ${what}`)
    .join('\n');
}
