import { command, tryCommand } from './command.ts';
import { type Log, step } from './log.ts';

const environment = { DEBIAN_FRONTEND: 'noninteractive' };

/** Installs the Debian packages of these that are missing. */
export async function ensurePackages(names: readonly string[], why: string, log: Log): Promise<void> {
  const missing: string[] = [];
  for (const name of names) if (!(await isInstalled(name))) missing.push(name);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    throw new Error(
      `${why} needs ${missing.join(', ')}: run \`apt-get install ${missing.join(' ')}\` as root`,
    );
  }
  await step(log, `installing ${missing.join(', ')} (${why})`, async ({ note }) => {
    await updatePackageLists(note);
    const argv = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...missing];
    await command(argv, { env: environment, timeoutMs: 900_000, onLine: note });
  });
}

export async function updatePackageLists(note: Log): Promise<void> {
  await command(['apt-get', 'update', '-q'], {
    env: environment,
    timeoutMs: 300_000,
    onLine: note,
    whenMissing: 'this works on Debian only',
  });
}

async function isInstalled(name: string): Promise<boolean> {
  const { stdout } = await tryCommand(['dpkg-query', '-W', '-f', '${db:Status-Status}', name], {
    timeoutMs: 30_000,
    whenMissing: 'this works on Debian only',
  });
  return stdout === 'installed';
}
