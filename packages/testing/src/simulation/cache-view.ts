/** What the watches of one process may see of each kind; `*` names all kinds. */
export interface CacheView {
  /** Events of a kind wait from now on. */
  freeze(plural: string): void;
  /** What has waited comes; with `gone` the watch ends with 410 instead, and what has waited is never told. */
  release(plural: string, how?: 'resume' | 'gone'): void;
  /** Watches of a kind that are open now say nothing any more, and never end by themselves; new ones do as ever. */
  hang(plural: string): void;
  /** The next event of a kind is never told. */
  miss(plural: string): void;
  /** The next event of a kind is told twice. */
  repeat(plural: string): void;
  /** Contents are given in the opposite order. */
  reverse(): void;
  /** Contents are those of an older revision until `catchUp`; for a process that has not begun. */
  startAt(revision: number): void;
  catchUp(): void;
  /** As of which revision contents are given; undefined: the newest. */
  revision(): number | undefined;
  isReversed(): boolean;
  /** Passes the lines of one watch on, as far as they may be seen; `contents` come first, whatever is held. */
  through(plural: string, lines: AsyncIterable<Buffer>, contents?: readonly Buffer[]): AsyncIterable<Buffer>;
}

interface Watch {
  readonly plural: string;
  readonly waiting: Buffer[];
  isHanging: boolean;
  give(line: Buffer): void;
  end(): void;
}

export function createCacheView(): CacheView {
  const frozen = new Set<string>();
  const missing = new Set<string>();
  const repeated = new Set<string>();
  const watches = new Set<Watch>();
  let revision: number | undefined;
  let isReversed = false;

  const names = (set: ReadonlySet<string>, plural: string): boolean => set.has(plural) || set.has('*');
  const isHeld = (plural: string): boolean => revision !== undefined || names(frozen, plural);
  function take(set: Set<string>, plural: string): boolean {
    if (!names(set, plural)) return false;
    set.delete(plural);
    set.delete('*');
    return true;
  }
  function offer(watch: Watch, line: Buffer): void {
    if (watch.isHanging) return;
    if (isHeld(watch.plural)) return void watch.waiting.push(line);
    const isEvent = !line.includes('"BOOKMARK"');
    if (isEvent && take(missing, watch.plural)) return;
    watch.give(line);
    if (isEvent && take(repeated, watch.plural)) watch.give(line);
  }
  function flush(): void {
    for (const watch of watches) {
      if (isHeld(watch.plural)) continue;
      for (const line of watch.waiting.splice(0)) offer(watch, line);
    }
  }
  return {
    freeze: (plural) => void frozen.add(plural),
    release(plural, how = 'resume') {
      frozen.delete(plural);
      if (how === 'gone') {
        for (const watch of watches) {
          if (plural !== '*' && watch.plural !== plural) continue;
          watch.waiting.length = 0;
          watch.give(goneLine);
          watch.end();
        }
      }
      flush();
    },
    hang(plural) {
      for (const watch of watches) watch.isHanging ||= plural === '*' || watch.plural === plural;
    },
    miss: (plural) => void missing.add(plural),
    repeat: (plural) => void repeated.add(plural),
    reverse: () => void (isReversed = true),
    startAt: (from) => void (revision = from),
    catchUp() {
      revision = undefined;
      flush();
    },
    revision: () => revision,
    isReversed: () => isReversed,
    through: (plural, lines, contents = []) => pass(plural, lines, contents, { watches, offer }),
  };
}

const goneLine = Buffer.from(
  `${JSON.stringify({
    type: 'ERROR',
    object: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'too old resource version',
      reason: 'Expired',
      code: 410,
    },
  })}\n`,
);

async function* pass(
  plural: string,
  lines: AsyncIterable<Buffer>,
  contents: readonly Buffer[],
  { watches, offer }: { watches: Set<Watch>; offer: (watch: Watch, line: Buffer) => void },
): AsyncGenerator<Buffer, void, undefined> {
  const queue: Buffer[] = [...contents];
  let isOver = false;
  let failure: { error: unknown } | undefined;
  let wake = (): void => undefined;
  const watch: Watch = {
    plural,
    waiting: [],
    isHanging: false,
    give(line) {
      queue.push(line);
      wake();
    },
    end() {
      isOver = true;
      wake();
    },
  };
  watches.add(watch);
  const source = lines[Symbol.asyncIterator]();
  const pump = async (): Promise<void> => {
    try {
      for (let next = await source.next(); !next.done; next = await source.next()) {
        if (isOver) return;
        offer(watch, next.value);
      }
    } catch (error) {
      failure = { error };
    }
    watch.end();
  };
  void pump();
  try {
    for (;;) {
      const line = queue.shift();
      if (line) yield line;
      else if (failure) throw failure.error;
      else if (isOver) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    isOver = true;
    watches.delete(watch);
    // Not awaited: a generator that waits for its next line cannot be ended before it comes.
    void source.return?.();
  }
}
