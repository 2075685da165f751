import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { cacheFolder, placeOnce } from '../machine/cache.ts';
import { command } from '../machine/command.ts';
import { type Log, silent, step } from '../machine/log.ts';

/**
 * Path of promtool, which checks rules of Prometheus and runs tests of them: that of the PATH, else out of Debian's package, of
 * which nothing is installed.
 */
export async function promtoolBinary(log: Log = silent): Promise<string> {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'promtool'))
    .find((path) => existsSync(path));
  if (found !== undefined) return found;
  const folder = cacheFolder('promtool', process.arch);
  await placeOnce(folder, (partial) =>
    step(log, 'bringing promtool', async ({ note }) => {
      const work = await mkdtemp(join(tmpdir(), 'stateful-promtool-'));
      const run = (argv: readonly string[]) =>
        command(argv, {
          cwd: work,
          timeoutMs: 300_000,
          onLine: note,
          whenMissing: 'install promtool, which is part of Prometheus',
        });
      try {
        await run(['apt-get', 'download', '-q', 'prometheus']);
        const [archive = ''] = (await readdir(work)).filter((name) => name.endsWith('.deb'));
        await run(['dpkg-deb', '--extract', archive, 'root']);
        await mkdir(partial);
        await rename(join(work, 'root/usr/bin/promtool'), join(partial, 'promtool')).catch(() =>
          command(['cp', join(work, 'root/usr/bin/promtool'), join(partial, 'promtool')], {
            timeoutMs: 60_000,
          }),
        );
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    }),
  );
  return join(folder, 'promtool');
}
