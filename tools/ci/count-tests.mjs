// Adds up the closing lines of every Jest run in a log ("Tests: 1 failed, 2 skipped, 30 passed, 33 total")
// and prints the one line that a reader of a long log looks for.
import { readFileSync } from 'node:fs';

const totals = { passed: 0, failed: 0, skipped: 0 };
// eslint-disable-next-line no-control-regex
const log = process.argv
  .slice(2)
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')
  .replaceAll(/\u001b\[[0-9;]*m/g, '');
for (const [, line] of log.matchAll(/^(?:[\w-]+:)?\s*Tests:\s+(.*total)/gm)) {
  for (const [, count, what] of line.matchAll(/(\d+) (passed|failed|skipped)/g))
    totals[what] += Number(count);
}
// A red run that counted no failing test (lint, types, a suite that did not load) is still one failure.
const exitCode = Number(process.env.RUN_EXIT_CODE ?? 0);
if (exitCode !== 0 && totals.failed === 0) totals.failed = 1;
console.log(`${totals.passed} passed, ${totals.failed} failed`);
if (totals.failed > 0 || totals.passed === 0) process.exit(1);
