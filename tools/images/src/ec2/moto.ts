import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHash } from '../image/content-hash.ts';
import { cacheFolder, placeOnce } from '../machine/cache.ts';
import { command, tryCommand } from '../machine/command.ts';
import { type Log, silent, step } from '../machine/log.ts';
import { ensurePackages } from '../machine/packages.ts';

const requirements = join(import.meta.dirname, 'requirements.txt');
const whenMissing = 'install Python 3.10 or later with its venv module and run again';

/**
 * Python with moto, a server that answers as EC2 and STS do: installed the first time (half a minute) from the lock file beside
 * this, each file checked against its hash; from the cache after. `PYTHON -m moto.server` runs it.
 */
export async function motoPython(log: Log = silent): Promise<string> {
  const lock = await readFile(requirements);
  const python = await pythonVersion();
  if (python === undefined)
    await ensurePackages(['python3', 'python3-venv'], 'the EC2 server for tests', log);
  const key = contentHash({
    lock,
    python: python ?? (await pythonVersion()) ?? '',
    machine: `${process.platform}-${process.arch}`,
  });
  const folder = await placeOnce(cacheFolder('moto', key), async (partial) => {
    await step(log, 'installing the EC2 server moto', async ({ note }) => {
      await command(['python3', '-m', 'venv', partial], { timeoutMs: 120_000, onLine: note, whenMissing });
      const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes'];
      await command(
        [join(partial, 'bin', 'python'), '-m', 'pip', 'install', ...options, '-r', requirements],
        { timeoutMs: 600_000, onLine: note },
      );
    });
  });
  return join(folder, 'bin', 'python');
}

/** Of a Python that can make environments; undefined: there is none. */
async function pythonVersion(): Promise<string | undefined> {
  const script = 'import ensurepip, venv, sys; print(sys.version)';
  const answer = await tryCommand(['python3', '-c', script], { timeoutMs: 30_000 }).catch(() => undefined);
  return answer?.code === 0 ? answer.stdout.trim() : undefined;
}
