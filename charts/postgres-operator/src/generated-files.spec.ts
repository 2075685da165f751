import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { formatted } from './formatted.ts';
import { generatedFiles } from './generated-files.ts';

const chart = join(import.meta.dirname, '..');
const read = (path: string): Promise<string> => readFile(join(chart, path), 'utf8');

describe('generated files', () => {
  it('are fresh: run `nx run postgres-operator-chart:generate` when this fails', async () => {
    for (const { path, content } of generatedFiles(await read('README.md'))) {
      expect({ path, content: await read(path) }).toEqual({
        path,
        content: await formatted(join(chart, path), content),
      });
    }
  });

  it('need the marks in the README', () => {
    expect(() => generatedFiles('# A README')).toThrow('README.md has no');
  });
});
