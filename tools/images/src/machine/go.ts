import { tryCommand } from './command.ts';
import { type Log } from './log.ts';
import { ensurePackages } from './packages.ts';

/** From 1.21 on, go fetches by itself the newer release that a module asks for. */
const oldest = { major: 1, minor: 21 };

/** The architecture of this machine as Go calls it. */
export const goArchitecture = (): string =>
  ({ x64: 'amd64', arm64: 'arm64' })[process.arch as string] ?? process.arch;

/** "go version go1.24.4 linux/amd64" to its first two numbers. */
export function parseGoVersion(text: string): { readonly major: number; readonly minor: number } | undefined {
  const [, major, minor] = /\bgo(\d+)\.(\d+)/.exec(text) ?? [];
  return major === undefined || minor === undefined
    ? undefined
    : { major: Number(major), minor: Number(minor) };
}

/** Makes sure that a usable `go` is on the PATH. */
export async function ensureGo(why: string, log: Log): Promise<void> {
  const before = await installedGo();
  if (before === undefined && process.platform === 'linux') await ensurePackages(['golang-go'], why, log);
  const found = before ?? (await installedGo());
  const usable =
    found !== undefined &&
    (found.major > oldest.major || (found.major === oldest.major && found.minor >= oldest.minor));
  if (usable) return;
  const have = found === undefined ? 'none is installed' : `this machine has ${found.major}.${found.minor}`;
  throw new Error(
    `${why} needs Go ${oldest.major}.${oldest.minor} or later (${have}): install it from https://go.dev/dl and run again`,
  );
}

async function installedGo(): Promise<ReturnType<typeof parseGoVersion>> {
  const result = await tryCommand(['go', 'version'], {
    env: { GOTOOLCHAIN: 'local' },
    timeoutMs: 30_000,
  }).catch(() => undefined);
  return result?.code === 0 ? parseGoVersion(result.stdout) : undefined;
}
