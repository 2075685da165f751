import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder, placeOnce } from '../machine/cache.ts';
import { command } from '../machine/command.ts';
import { ensureGo, goArchitecture } from '../machine/go.ts';
import { type Log, silent, step } from '../machine/log.ts';

export const versitygwVersion = '1.8.0';

const mainPackage = 'github.com/versity/versitygw/cmd/versitygw';

/** The S3 server for tests, a static binary: built with Go the first time (a minute), from the cache after. */
export async function versitygwBinary(
  log: Log = silent,
  target: 'host' | 'linux' = 'linux',
): Promise<string> {
  const system = target === 'linux' || process.platform === 'linux' ? 'linux' : process.platform;
  const architecture = goArchitecture();
  const path = cacheFolder('versitygw', `${versitygwVersion}-${system}-${architecture}`, 'versitygw');
  await placeOnce(dirname(path), async (partial) => {
    await ensureGo(`building the S3 server versitygw ${versitygwVersion}`, log);
    const gopath = `${partial}.go`;
    await step(log, `building the S3 server versitygw ${versitygwVersion}`, async ({ note }) => {
      // Into a GOPATH/bin of its own: go refuses GOBIN when it builds for another system than its own. The modules
      // stay in the usual cache.
      const modules = (await command(['go', 'env', 'GOMODCACHE'], { timeoutMs: 30_000 })).trim();
      await command(
        ['go', 'install', '-trimpath', '-ldflags', '-s -w', `${mainPackage}@v${versitygwVersion}`],
        {
          env: {
            CGO_ENABLED: '0',
            GOOS: system,
            GOARCH: architecture,
            GOPATH: gopath,
            GOBIN: '',
            GOMODCACHE: modules,
          },
          timeoutMs: 1_200_000,
          onLine: note,
        },
      );
      const cross = system !== process.platform ? [`${system}_${architecture}`] : [];
      await mkdir(partial);
      await rename(join(gopath, 'bin', ...cross, 'versitygw'), join(partial, 'versitygw'));
    });
  });
  return path;
}
