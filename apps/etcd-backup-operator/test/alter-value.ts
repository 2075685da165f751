import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Changes a value in the database of a member that does not run, as a fault of a disk or of etcd would: its pages have no checksums.
 * Both are of one length. Answers in how many places it stood.
 */
export function alterValue(dataDir: string, from: string, to: string): number {
  if (from.length !== to.length)
    throw new RangeError('a value can only be changed to one of the same length');
  const file = join(dataDir, 'member', 'snap', 'db');
  const bytes = readFileSync(file);
  let places = 0;
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) {
    bytes.write(to, at);
    places++;
  }
  writeFileSync(file, bytes);
  return places;
}
