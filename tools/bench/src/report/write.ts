import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { format, resolveConfig } from 'prettier';

/** Writes a text in the house format, which also checks it. */
export async function writeFormatted(path: string, text: string, parser: 'markdown' | 'json'): Promise<void> {
  const style = (await resolveConfig(import.meta.filename)) ?? {};
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await format(text, { ...style, parser }));
}
