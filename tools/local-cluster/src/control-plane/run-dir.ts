import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from '../process/identity.ts';

/** A new folder for one run, marked with the process it belongs to; folders of dead processes are removed. */
export function createRunDir(base: string): string {
  mkdirSync(base, { recursive: true });
  removeAbandoned(base);
  const dir = mkdtempSync(join(base, 'run-'));
  writeFileSync(join(dir, 'owner.json'), JSON.stringify(identify(process.pid) ?? null));
  return dir;
}

function removeAbandoned(base: string): void {
  for (const name of readdirSync(base)) {
    const owner = readOwner(join(base, name, 'owner.json'));
    // A folder without an owner may just be in the making; what cannot be judged stays.
    if (owner !== undefined && !isAlive(owner)) rmSync(join(base, name), { recursive: true, force: true });
  }
}

function readOwner(path: string): ProcessIdentity | undefined {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity | null) ?? undefined;
  } catch {
    return undefined;
  }
}
