import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { format, resolveConfig } from 'prettier';
import { emitDeclarations } from './declarations.ts';
import { reportOf, type Report } from './report.ts';

/** The committed report of a package. */
export const reportPath = (packageFolder: string): string => join(packageFolder, 'api-report.md');

/** The surface of the package as its sources stand now. Throws when they do not compile. */
export async function extractReport(packageFolder: string): Promise<Report> {
  const packageJson = join(packageFolder, 'package.json');
  const { name } = JSON.parse(await readFile(packageJson, 'utf8')) as { name: string };
  const declarations = await emitDeclarations(packageFolder);
  const folder = await mkdtemp(join(tmpdir(), 'api-report-'));
  try {
    const fileName = 'report.api.md';
    const problems: string[] = [];
    const { succeeded } = Extractor.invoke(
      ExtractorConfig.prepare({
        configObjectFullPath: undefined,
        packageJsonFullPath: packageJson,
        configObject: {
          projectFolder: packageFolder,
          mainEntryPointFilePath: join(declarations, 'index.d.ts'),
          compiler: {
            overrideTsconfig: {
              compilerOptions: {
                module: 'nodenext',
                moduleResolution: 'nodenext',
                target: 'es2024',
                lib: ['es2024', 'esnext.disposable'],
                types: ['node'],
                skipLibCheck: true,
                strict: true,
              },
              files: [join(declarations, 'index.d.ts')],
            },
          },
          apiReport: {
            enabled: true,
            reportFileName: fileName,
            reportFolder: folder,
            reportTempFolder: join(folder, 'temp'),
          },
          docModel: { enabled: false },
          dtsRollup: { enabled: false },
          tsdocMetadata: { enabled: false },
          messages: {
            compilerMessageReporting: { default: { logLevel: 'error' as never } },
            extractorMessageReporting: { default: { logLevel: 'none' as never } },
            tsdocMessageReporting: { default: { logLevel: 'none' as never } },
          },
        },
      }),
      {
        // "Local" writes the report instead of comparing it; comparing is ours.
        localBuild: true,
        messageCallback(message) {
          message.handled = true;
          if ((message.logLevel as string) === 'error') problems.push(message.text);
        },
      },
    );
    if (!succeeded || problems.length > 0) {
      throw new Error(`the surface of ${name} cannot be extracted:\n${problems.join('\n')}`);
    }
    const report = reportOf(name, await readFile(join(folder, fileName), 'utf8'));
    const options = await resolveConfig(reportPath(packageFolder));
    return { ...report, text: await format(report.text, { ...options, parser: 'markdown' }) };
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(declarations, { recursive: true, force: true });
  }
}
