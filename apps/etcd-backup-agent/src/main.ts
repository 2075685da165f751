import { systemClock, systemRandom } from '@stateful/reconcile-sdk';
import { runCommandLine } from './commands.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => stop.abort(new Error(`it was told to end (${signal})`)));
}
process.exitCode = await runCommandLine({
  argv: process.argv,
  env: process.env,
  stop: stop.signal,
  clock: systemClock,
  random: systemRandom,
  print: (line) => void process.stdout.write(`${line}\n`),
  tell: (line) => void process.stderr.write(`${line}\n`),
});
