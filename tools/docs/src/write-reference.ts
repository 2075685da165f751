import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { kinds } from './kinds.ts';
import { referencePages, type Page } from './reference.ts';

/** docs/reference */
export const referenceFolder = join(import.meta.dirname, '../../../docs/reference');

/** The pages as they are committed. */
export async function laidOutPages(): Promise<Page[]> {
  const config = await resolveConfig(join(referenceFolder, 'README.md'));
  return Promise.all(
    referencePages(kinds).map(async ({ path, text }) => ({
      path,
      text: await format(text, { ...config, parser: 'markdown' }),
    })),
  );
}

/** Pages that are there, by name. */
export async function committedPages(): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(referenceFolder).catch(() => []);
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(referenceFolder, name), 'utf8')] as const),
    ),
  );
}

/** Writes all pages and removes those of kinds that are gone. */
export async function writeReference(): Promise<void> {
  await mkdir(referenceFolder, { recursive: true });
  const pages = await laidOutPages();
  for (const name of (await committedPages()).keys())
    if (!pages.some(({ path }) => path === name)) await rm(join(referenceFolder, name));
  for (const { path, text } of pages) await writeFile(join(referenceFolder, path), text);
}
