import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ChartSource } from './chart-source.ts';
import { formatted } from './formatted.ts';
import { generatedFiles } from './generated-files.ts';

/** Writes all generated files of a chart, and says which were not as they should be. */
export async function writeChart(chart: ChartSource): Promise<void> {
  const { folder } = chart;
  for (const { path, content } of generatedFiles(chart, await readFile(join(folder, 'README.md'), 'utf8'))) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    const text = await formatted(file, content);
    const before = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== before) await writeFile(file, text);
    console.log(`${text === before ? 'unchanged' : 'written  '} ${path}`);
  }
}
