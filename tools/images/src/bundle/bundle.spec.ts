import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '../machine/cache.ts';
import { bundle, type BundleFile } from './bundle.ts';

const program = `
import { Pool } from 'pg';
import { pino } from 'pino';
import { fail } from './fail.ts';
const log = pino({ base: null, timestamp: false }, pino.destination({ dest: 1, sync: true }));
log.info({ pool: typeof Pool }, 'works');
if (process.argv[2] === 'fail') fail();
`;

describe('bundle', () => {
  let root = '';
  let files: readonly BundleFile[] = [];
  const run = (...args: readonly string[]) =>
    promisify(execFile)(
      process.execPath,
      ['--enable-source-maps', join(root, 'out', 'program.mjs'), ...args],
      {
        cwd: tmpdir(),
      },
    );
  beforeAll(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'bundle-')));
    mkdirSync(join(root, 'src'));
    mkdirSync(join(root, 'out'));
    symlinkSync(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'));
    writeFileSync(join(root, 'src', 'main.ts'), program);
    writeFileSync(
      join(root, 'src', 'fail.ts'),
      "export function fail(): never {\n  throw new Error('on purpose');\n}\n",
    );
    files = await bundle({ entry: 'src/main.ts', file: 'program.mjs' }, root);
    for (const { name, contents } of files) writeFileSync(join(root, 'out', name), contents);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('is a program and its source map', () => {
    expect(files.map(({ name }) => name).sort()).toEqual(['program.mjs', 'program.mjs.map']);
  });

  it('runs alone, with CommonJS packages inside', async () => {
    rmSync(join(root, 'node_modules'));
    const { stdout } = await run();
    expect(JSON.parse(stdout)).toEqual({ level: 30, pool: 'function', msg: 'works' });
  });

  it('shows the lines of the sources in stack traces', async () => {
    await expect(run('fail')).rejects.toThrow(/fail\.ts:2/);
  });
});
