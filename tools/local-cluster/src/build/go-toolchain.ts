import { type Log } from '../progress.ts';
import { run, tryRun } from '../process/run.ts';

/** From 1.21 on, go fetches by itself the newer release that a go.mod asks for. */
const oldestUsable = [1, 21] as const;

export type GoVersion = readonly [major: number, minor: number];

/** "go version go1.24.4 linux/amd64" or "2:1.19~1" to its first two numbers. */
export function parseGoVersion(text: string): GoVersion | undefined {
  const match = /(?:go|:|^)(\d+)\.(\d+)/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

export const isUsable = ([major, minor]: GoVersion): boolean =>
  major > oldestUsable[0] || (major === oldestUsable[0] && minor >= oldestUsable[1]);

export async function hasGo(): Promise<boolean> {
  return (await installedGo()) !== undefined;
}

/** Makes sure that a usable `go` is on the PATH: finds it, installs it with apt-get, or says what to do. */
export async function ensureGo(log: Log): Promise<void> {
  const found = await installedGo();
  if (found !== undefined && isUsable(found)) return;
  const need = `Go ${oldestUsable.join('.')} or later is needed to build Kubernetes`;
  const have = found === undefined ? 'none is installed' : `this machine has ${found.join('.')}`;
  const candidate = await packagedGo();
  if (candidate === undefined || !isUsable(candidate) || process.getuid?.() !== 0) {
    throw new Error(`${need} (${have}): install it from https://go.dev/dl and run again`);
  }
  log(`${need} (${have}): installing ${candidate.join('.')} with apt-get`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'golang-go'], {
    env,
    timeoutMs: 600_000,
  });
}

async function installedGo(): Promise<GoVersion | undefined> {
  const result = await tryRun('go', ['version'], { env: { GOTOOLCHAIN: 'local' } }).catch(() => undefined);
  return result?.code === 0 ? parseGoVersion(result.stdout) : undefined;
}

async function packagedGo(): Promise<GoVersion | undefined> {
  const update = await tryRun('apt-get', ['update', '-qq'], { timeoutMs: 300_000 }).catch(() => undefined);
  if (update === undefined) return undefined;
  const { stdout } = await tryRun('apt-cache', ['policy', 'golang-go']);
  const candidate = /Candidate: (\S+)/.exec(stdout)?.[1];
  return candidate === undefined ? undefined : parseGoVersion(candidate);
}
