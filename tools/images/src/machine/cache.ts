import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Home of everything that is built: `$STATEFUL_CACHE`, or a folder in the user's cache. */
export function cacheFolder(...parts: readonly string[]): string {
  return join(process.env['STATEFUL_CACHE'] ?? join(homedir(), '.cache', 'stateful-operators'), ...parts);
}

/** The root of the working copy that this file belongs to. */
export const repositoryRoot = join(import.meta.dirname, '..', '..', '..', '..');

const partialPrefix = '.partial-';
const abandonedAfterMs = 6 * 3_600_000;

/**
 * Makes `target` once: `make` fills a folder or file at another path, which then takes its place in one step. Who comes
 * second, also in another process, finds it or loses the race without harm.
 */
export async function placeOnce(target: string, make: (partial: string) => Promise<void>): Promise<string> {
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  await removeAbandoned(dirname(target));
  const work = await mkdtemp(join(dirname(target), partialPrefix));
  const partial = join(work, basename(target));
  try {
    await make(partial);
    await rename(partial, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
    return target;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What killed processes were about to make. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(partialPrefix)) continue;
    const path = join(folder, name);
    const touched = await stat(path).catch(() => undefined);
    if (touched !== undefined && Date.now() - touched.mtimeMs > abandonedAfterMs) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
