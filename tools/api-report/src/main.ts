import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Command } from 'commander';
import { extractReport, reportPath } from './extract.ts';
import { differences } from './report.ts';

const root = join(import.meta.dirname, '../../..');
/** Packages that others build on. */
const packages = ['packages/reconcile-sdk', 'packages/crd-kit'];
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const program = new Command('api-report')
  .description('The public surface of the packages: compared with what is committed, or written')
  .argument('[packages...]', `folders; default ${packages.join(', ')}`)
  .option('--check', 'compare, and fail when they differ or an export has no docstring (the default)')
  .option('--write', 'write the reports')
  .action(async (folders: readonly string[], { write = false }: { write?: boolean }) => {
    let isBad = false;
    for (const folder of folders.length > 0 ? folders : packages) {
      const path = reportPath(join(root, folder));
      const name = relative(root, path);
      const { text, undocumented } = await extractReport(join(root, folder));
      if (write) {
        await writeFile(path, text);
        print(`${name}: written`);
      } else {
        const changed = differences(await readFile(path, 'utf8').catch(() => ''), text);
        isBad ||= changed.length > 0;
        if (changed.length === 0) print(`${name}: as the sources`);
        else
          print([`${name}: not as the sources; \`--write\` it and review the change`, ...changed].join('\n'));
      }
      isBad ||= undocumented.length > 0;
      if (undocumented.length > 0) {
        print(`${folder}: ${undocumented.length} exports without a docstring: ${undocumented.join(', ')}`);
      }
    }
    if (isBad) process.exitCode = 1;
  });

await program.parseAsync();
