import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Log, silent } from '../progress.ts';
import { identify, isAlive, type ProcessIdentity } from './identity.ts';
import { waitUntil } from './wait-until.ts';

export type LockOptions = { readonly what: string; readonly timeoutMs: number; readonly log?: Log };

/**
 * Runs `work` while no other process does so under the same lock file. A lock whose holder has died counts
 * for nothing. The file appears whole (a hard link), so that no reader sees it half-written.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const { what, timeoutMs, log = silent } = options;
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${path}.${randomUUID()}`;
  const self = identify(process.pid) ?? { pid: process.pid, startTime: '' };
  writeFileSync(mine, JSON.stringify(self));
  let announced = false;
  try {
    await waitUntil(
      () => {
        if (tryLink(mine, path)) return true;
        const holder = readHolder(path);
        if (holder !== undefined && !holderLives(holder)) breakLock(path, holder);
        else if (holder !== undefined && !announced) {
          announced = true;
          log(`waiting for process ${holder.pid}, which is busy with ${what}`);
        }
        return false;
      },
      { what: `the lock of ${what} (${path})`, timeoutMs, intervalMs: 100 },
    );
    removeForgotten(path);
    try {
      return await work();
    } finally {
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

/** Claims of processes that were killed while they waited or worked. */
function removeForgotten(path: string): void {
  for (const name of readdirSync(dirname(path)).filter((entry) => entry.startsWith(`${basename(path)}.`))) {
    const claim = join(dirname(path), name);
    const claimant = readHolder(claim);
    if (claimant !== undefined && !holderLives(claimant)) rmSync(claim, { force: true });
  }
}

/** Without /proc only the number is known: then the holder lives as long as some process bears it. */
function holderLives(holder: ProcessIdentity): boolean {
  if (holder.startTime !== '') return isAlive(holder);
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Takes a dead holder's lock away. Whoever took it in the meantime gets it back. */
function breakLock(path: string, dead: ProcessIdentity): void {
  const aside = `${path}.broken-${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const taken = readHolder(aside);
  if (taken?.pid !== dead.pid || taken.startTime !== dead.startTime) tryLink(aside, path);
  rmSync(aside, { force: true });
}
