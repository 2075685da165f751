/** Where a tool tells a person what it is doing. One call, one line. */
export type Log = (line: string) => void;

export const silent: Log = () => undefined;

/** Lines on standard error, each with the seconds since this was called. */
export function terminalLog(startedAt: number = performance.now()): Log {
  return (line) => {
    process.stderr.write(`[${seconds(performance.now() - startedAt).padStart(7)}] ${line}\n`);
  };
}

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** Says what begins and, when it took more than a moment, how long it took. */
export async function step<T>(log: Log, title: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  log(title);
  const result = await work();
  const elapsed = performance.now() - startedAt;
  if (elapsed > 500) log(`${title}: done in ${seconds(elapsed)}`);
  return result;
}
