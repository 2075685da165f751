import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** A short name for "these files built this way": changes when any byte of them does. */
export function contentHash(files: readonly string[], parameters: readonly string[]): string {
  const hash = createHash('sha256');
  for (const parameter of parameters) hash.update(`${parameter}\0`);
  for (const file of [...files].sort()) {
    const content = readFileSync(file);
    hash.update(`${basename(file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The SHA-256 of one file, read in pieces. */
export async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
