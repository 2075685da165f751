import { join } from 'node:path';
import { build } from 'esbuild';
import { repositoryRoot } from '../machine/cache.ts';

export type BundleInput = { readonly entry: string; readonly file: string };
export type BundleFile = { readonly name: string; readonly contents: Uint8Array };

/** CommonJS packages inside the bundle (pino, pg) call `require` for what Node brings and look at `__dirname`. */
const banner = [
  "import { createRequire as createRequireOfBundle } from 'node:module';",
  'const require = createRequireOfBundle(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join('\n');

/**
 * One file with everything a program needs but Node, and its source map. Paths in both are relative to the working
 * copy, so that the same sources give the same bytes wherever they lie.
 */
export async function bundle(
  { entry, file }: BundleInput,
  root = repositoryRoot,
): Promise<readonly BundleFile[]> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(root, file),
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    conditions: ['@stateful/source'],
    // The map lies beside for people: Node would hold all of it in memory (70 MB) to rewrite stack traces.
    sourcemap: 'linked',
    // Names stay, so that a stack trace can be read without the map.
    minifySyntax: true,
    minifyWhitespace: true,
    // Optional parts of pg that only exist where somebody installed them.
    external: ['pg-native', 'pg-cloudflare', 'cloudflare:sockets'],
    banner: { js: banner },
    logLevel: 'silent',
  });
  return result.outputFiles.map(({ path, contents }) => ({ name: path.slice(root.length + 1), contents }));
}
