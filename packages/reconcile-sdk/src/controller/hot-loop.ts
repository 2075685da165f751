/** The same change was made again and again: somebody, or something, undoes it. */
export interface HotLoop {
  readonly key: string;
  /** Such as `ConfigMap web`. */
  readonly child: string;
  /** The first field that differed, such as `spec.replicas`. */
  readonly path: string;
  /** Times it was changed within the window. */
  readonly count: number;
  /** How long the key should be kept back, in milliseconds. */
  readonly slowMs: number;
}

/** When many changes are too many. */
export interface HotLoopOptions {
  /** Default 60 s. */
  windowMs?: number;
  /** As many changes of the same field within the window are a loop. Default 6. */
  limit?: number;
  /** Default 15 s, doubled with each loop in a row up to `maxSlowMs`. */
  slowMs?: number;
  /** Default 5 min. */
  maxSlowMs?: number;
}

/** Counts what is applied, in memory only: it slows down and tells, and decides nothing about the children (R6). */
export interface HotLoopDetector {
  /** One more change; a loop when it is one too many. `now` in milliseconds on a steady clock. */
  applied(key: string, child: string, path: string, now: number): HotLoop | undefined;
}

/** Makes a detector; one for each controller. */
export function createHotLoopDetector(options: HotLoopOptions = {}): HotLoopDetector {
  const { windowMs = 60_000, limit = 6, slowMs = 15_000, maxSlowMs = 300_000 } = options;
  const series = new Map<string, { times: number[]; loops: number }>();
  let sweptAt = -Infinity;

  /** What has been quiet for longer than the longest pause is over. */
  function sweep(now: number): void {
    if (now - sweptAt < windowMs) return;
    sweptAt = now;
    for (const [id, { times }] of series) {
      if (now - (times.at(-1) ?? 0) > windowMs + 2 * maxSlowMs) series.delete(id);
    }
  }

  return {
    applied(key, child, path, now) {
      sweep(now);
      const id = `${key}\n${child}\n${path}`;
      const known = series.get(id) ?? { times: [], loops: 0 };
      series.set(id, known);
      // While the key is kept back changes come seldom: the pause itself must not look like peace.
      const span = windowMs + (known.loops > 0 ? pause(known.loops) : 0);
      known.times = [...known.times.filter((at) => now - at < span), now];
      if (known.times.length === 1) known.loops = 0;
      const isLoop = known.loops > 0 ? known.times.length >= 2 : known.times.length >= limit;
      if (!isLoop) return undefined;
      known.loops++;
      const count = known.times.length;
      known.times = [now];
      return { key, child, path, count, slowMs: pause(known.loops) };
    },
  };

  function pause(loops: number): number {
    return Math.min(maxSlowMs, slowMs * 2 ** Math.min(loops - 1, 20));
  }
}
