import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatted } from './formatted.ts';
import { generatedFiles } from './generated-files.ts';

const chart = join(import.meta.dirname, '..');
const readme = await readFile(join(chart, 'README.md'), 'utf8');
for (const { path, content } of generatedFiles(readme)) {
  const file = join(chart, path);
  await mkdir(dirname(file), { recursive: true });
  const text = await formatted(file, content);
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== before) await writeFile(file, text);
  console.log(`${text === before ? 'unchanged' : 'written  '} ${path}`);
}
