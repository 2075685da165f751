import { seconds, type Log } from '../progress.ts';

export type CheckResult = {
  readonly name: string;
  readonly passed: boolean;
  readonly milliseconds: number;
  readonly detail: string;
};

export type Checks = {
  /** Runs one check; what it returns is shown, what it throws is its failure. Later checks run all the same. */
  readonly check: (name: string, work: () => Promise<string | void>) => Promise<void>;
  readonly results: () => readonly CheckResult[];
};

export function createChecks(log: Log): Checks {
  const results: CheckResult[] = [];
  return {
    check: async (name, work) => {
      const startedAt = performance.now();
      const outcome = await work().then(
        (detail) => ({ passed: true, detail: detail ?? '' }),
        (error: unknown) => ({ passed: false, detail: (error as Error).message }),
      );
      const result = { name, ...outcome, milliseconds: performance.now() - startedAt };
      results.push(result);
      const verdict = result.passed ? 'ok' : 'FAILED';
      log(`${verdict}: ${name}${result.detail === '' ? '' : ` (${result.detail})`}`);
    },
    results: () => results,
  };
}

/** A table for a person; of a long failure only the first line. */
export function renderTable(results: readonly CheckResult[]): string {
  const rows = results.map(({ name, passed, milliseconds, detail }) => [
    name,
    passed ? 'ok' : 'FAILED',
    seconds(milliseconds),
    detail.split('\n')[0] ?? '',
  ]);
  const all = [['check', 'result', 'took', 'seen'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
