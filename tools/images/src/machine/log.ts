/** Where a tool tells a person what it is doing. One call, one line. */
export type Log = (line: string) => void;

export const silent: Log = () => undefined;

/** Lines on standard error, so that standard output stays for answers. */
export const terminalLog: Log = (line) => {
  process.stderr.write(`${line}\n`);
};

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

export type Step = {
  /** Takes note of a line of output: shown by the next sign of life. */
  readonly note: Log;
};

const signOfLifeMs = 10_000;

/** Says what begins, every ten seconds that it still goes on (with the last noted line), and how long it took. */
export async function step<T>(log: Log, title: string, work: (step: Step) => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const elapsed = (): string => seconds(performance.now() - startedAt);
  let last = '';
  log(`${title} …`);
  const timer = setInterval(() => {
    log(`  still at it after ${elapsed()}${last === '' ? '' : `: ${last}`}`);
  }, signOfLifeMs);
  try {
    const result = await work({
      note: (line) => {
        last = line.trim().slice(0, 110);
      },
    });
    log(`${title}: done in ${elapsed()}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
