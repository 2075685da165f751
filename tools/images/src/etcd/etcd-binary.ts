import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHash } from '../image/content-hash.ts';
import { cacheFolder, placeOnce } from '../machine/cache.ts';
import { command } from '../machine/command.ts';
import { goArchitecture, ensureGo } from '../machine/go.ts';
import { type Log, silent, step } from '../machine/log.ts';

export const etcdVersion = '3.6.5';

/** What an etcd image has in its PATH; all of them are one program, which goes by its own name or its first argument. */
export const etcdPrograms = ['etcd', 'etcdctl', 'etcdutl'] as const;

const source = join(import.meta.dirname, '../../etcd');

/** A short name for the sources as they stand. */
export async function etcdKey(): Promise<string> {
  const files = (await readdir(source)).filter((name) => /^go\.(mod|sum)$|\.go$/.test(name));
  const parts = await Promise.all(
    files.map(async (name) => [name, await readFile(join(source, name))] as const),
  );
  return contentHash({ ...Object.fromEntries(parts), architecture: goArchitecture() });
}

/**
 * The path of a static binary for Linux that is etcd, etcdctl and etcdutl (`etcd etcdutl snapshot restore …`): built with Go the
 * first time (two minutes), from the cache after.
 */
export async function etcdBinary(log: Log = silent): Promise<string> {
  const folder = cacheFolder('etcd', await etcdKey());
  await placeOnce(folder, async (partial) => {
    await ensureGo(`building etcd ${etcdVersion}`, log);
    await step(log, `building etcd ${etcdVersion}`, async ({ note }) => {
      const output = join(partial, 'etcd');
      await command(['go', 'build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', output, '.'], {
        cwd: source,
        env: { CGO_ENABLED: '0', GOOS: 'linux', GOARCH: goArchitecture() },
        timeoutMs: 1_200_000,
        onLine: note,
      });
    });
  });
  return join(folder, 'etcd');
}
