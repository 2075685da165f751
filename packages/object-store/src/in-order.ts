/**
 * Fetches pieces, `concurrency` at a time, and gives them out in order; at most so many wait in memory. The first
 * failure ends the others.
 */
export async function* inOrder<Wanted, Piece>(
  wanted: readonly Wanted[],
  concurrency: number,
  signal: AbortSignal | undefined,
  fetchOne: (one: Wanted, signal: AbortSignal) => Promise<Piece>,
): AsyncGenerator<Piece> {
  const stop = new AbortController();
  const until = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const under: Promise<Piece>[] = [];
  let next = 0;
  try {
    while (next < wanted.length || under.length > 0) {
      while (under.length < concurrency && next < wanted.length) {
        const piece = fetchOne(wanted[next++]!, until);
        // One that fails before its turn is told of in its turn.
        piece.catch(() => undefined);
        under.push(piece);
      }
      yield await under.shift()!;
    }
  } finally {
    stop.abort();
    await Promise.allSettled(under);
  }
}
