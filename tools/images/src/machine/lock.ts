import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { type Log } from './log.ts';

export type LockOptions = { readonly what: string; readonly timeoutMs: number; readonly log: Log };

const busyAfterMs = 1_000;

/**
 * Runs `work` while no other process does so under the same file. The lock is the kernel's (flock), held by a helper
 * that lives as long as the pipe to this process: it cannot outlive a killed build.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const limit = String(Math.ceil(options.timeoutMs / 1000));
  const holder = spawn('flock', ['--exclusive', '--timeout', limit, path, 'sh', '-c', 'echo held; cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const gone = new Promise<void>((resolve) => {
    holder.once('close', () => resolve());
    holder.once('error', () => resolve());
  });
  // Nothing is ever written: the only thing that can go wrong with this pipe is its end, which `gone` tells.
  holder.stdin.on('error', () => undefined);
  const busy = setTimeout(() => options.log(`waiting for another process that ${options.what}`), busyAfterMs);
  try {
    const held = once(createInterface(holder.stdout), 'line').then(() => true);
    if (!(await Promise.race([held, gone.then(() => false)]))) {
      throw new Error(`could not lock ${path} in ${limit} s: another process still ${options.what}`);
    }
    clearTimeout(busy);
    return await work();
  } finally {
    clearTimeout(busy);
    holder.stdin.end();
    await gone;
  }
}
