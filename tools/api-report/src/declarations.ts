import { execFile } from 'node:child_process';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const run = promisify(execFile);

/**
 * Declarations of a package as its sources stand now, in a new folder within it: from there they find the packages
 * that theirs depends on. Not in its `dist`, which may be built at the same time.
 */
export async function emitDeclarations(packageFolder: string): Promise<string> {
  const parent = join(packageFolder, 'out-tsc');
  await mkdir(parent, { recursive: true });
  const outDir = await mkdtemp(join(parent, 'api-'));
  const flags = ['--emitDeclarationOnly', '--declarationMap', 'false', '--composite', 'false'];
  try {
    await run(process.execPath, [
      compiler,
      '--project',
      join(packageFolder, 'tsconfig.lib.json'),
      ...flags,
      '--incremental',
      'false',
      '--tsBuildInfoFile',
      'null',
      '--outDir',
      outDir,
    ]);
  } catch (error) {
    const { stdout = '' } = error as { stdout?: string };
    throw new Error(`${packageFolder} does not compile, so its surface is not known:\n${stdout}`, {
      cause: error,
    });
  }
  return outDir;
}
