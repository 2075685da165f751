import { homedir } from 'node:os';
import { join } from 'node:path';

/** Home of everything that is built or run: `$STATEFUL_CACHE`, or a folder in the user's cache. */
export function cacheDir(...parts: readonly string[]): string {
  const base = process.env['STATEFUL_CACHE'] ?? join(homedir(), '.cache', 'stateful-operators');
  return join(base, ...parts);
}
