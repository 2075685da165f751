import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { extractReport } from './extract.ts';
import { differences } from './report.ts';

/** Packages made up here; within the workspace, so that they find its compiler. */
const made: string[] = [];
async function packageOf(files: Record<string, string>): Promise<string> {
  const parent = join(import.meta.dirname, '../out-tsc');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'package-'));
  made.push(folder);
  await mkdir(join(folder, 'src'));
  const base = join(import.meta.dirname, '../../../tsconfig.base.json');
  await writeFile(
    join(folder, 'package.json'),
    '{ "name": "made-up", "version": "1.0.0", "type": "module" }',
  );
  await writeFile(
    join(folder, 'tsconfig.lib.json'),
    JSON.stringify({ extends: base, compilerOptions: { rootDir: 'src' }, include: ['src/**/*.ts'] }),
  );
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, 'src', name), text);
  return folder;
}
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true }))));

const index = "export { greet, type Greeting } from './greet.ts';\n";
const greet = `/** What is said. */
export interface Greeting { readonly text: string; }
/** Says it. */
export function greet(name: string): Greeting { return { text: name }; }
export const hidden = 1;
`;

describe('report of a surface', () => {
  it('names what is exported and nothing else', async () => {
    const { text, undocumented } = await extractReport(
      await packageOf({ 'index.ts': index, 'greet.ts': greet }),
    );
    expect(text).toContain('# Public surface of made-up');
    expect(text).toContain('export function greet(name: string): Greeting;');
    expect(text).toContain('readonly text: string;');
    expect(text).not.toContain('hidden');
    expect(undocumented).toEqual([]);
  }, 60_000);

  it('names exports without a docstring', async () => {
    const bare = greet.replace('/** Says it. */\n', '');
    const { undocumented } = await extractReport(await packageOf({ 'index.ts': index, 'greet.ts': bare }));
    expect(undocumented).toEqual(['greet']);
  }, 60_000);

  it('says why when the sources do not compile', async () => {
    const wrong = greet.replace('text: name', 'text: 1');
    const folder = await packageOf({ 'index.ts': index, 'greet.ts': wrong });
    await expect(extractReport(folder)).rejects.toThrow(/does not compile[\s\S]*greet\.ts/);
  }, 60_000);
});

describe('differences', () => {
  it('is empty for the same and names what came and went', () => {
    expect(differences('a\nb\n', 'a\nb\n')).toEqual([]);
    expect(differences('a\nb\n', 'a\nc\n')).toEqual(['- b', '+ c']);
    expect(differences('a\nb\n', 'b\na\n')).toEqual(['the order of lines']);
    expect(differences('', Array.from({ length: 50 }, (_, i) => `${i}`).join('\n'))).toHaveLength(41);
  });
});
