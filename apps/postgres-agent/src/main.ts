import { isMainThread, workerData } from 'node:worker_threads';
import { fenceRole } from './fence/fence-role.ts';

/**
 * One module, two lives. The fence's thread takes only what it needs, so that it costs little memory and can be
 * held up by little; the rest is loaded by the main thread alone.
 */
if (!isMainThread && workerData === fenceRole) {
  const { runFenceThread } = await import('./fence/fence-thread.ts');
  runFenceThread({
    setTimer(ms, fn) {
      const timer = setTimeout(fn, ms);
      return { cancel: () => clearTimeout(timer) };
    },
  });
} else {
  const { runCommandLine } = await import('./commands.ts');
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  process.exit(
    await runCommandLine({
      argv: process.argv,
      env: process.env,
      stop: stop.signal,
      entry: new URL(import.meta.url),
    }),
  );
}
