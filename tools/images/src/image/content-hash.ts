import { createHash } from 'node:crypto';

export type Part = string | Uint8Array;

/** A short name for these named parts: the same whatever their order, another when any byte or name differs. */
export function contentHash(parts: Readonly<Record<string, Part>>): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(parts).sort()) {
    const part = parts[name] ?? '';
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    hash.update(`${name.length}:${name}${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}
