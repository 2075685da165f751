import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir, hasGo, type Log } from '@stateful/local-cluster';
import { type Contestant } from '../contestant/contestant.ts';

const source = join(import.meta.dirname, '../../go');
const controllerRuntime = 'sigs.k8s.io/controller-runtime';

/** The same operator in Go; from the cache when exactly these sources were built before. */
export async function buildTheirs(log: Log): Promise<readonly Contestant[]> {
  const binary = cacheDir('bench', sourceHash(), 'operator');
  if (!existsSync(binary)) await compile(binary, log);
  const version = versionIn(readFileSync(join(source, 'go.mod'), 'utf8'));
  const title = `controller-runtime ${version}`;
  return [
    { name: 'theirs', title, command: [binary], env: {} },
    { name: 'theirs-lean', title: `${title}, lean`, command: [binary, '--lean'], env: {} },
    { name: 'theirs-strict', title: `${title}, strict`, command: [binary, '--lean', '--strict'], env: {} },
  ];
}

async function compile(binary: string, log: Log): Promise<void> {
  if (!(await hasGo())) throw new Error('Go is needed for the operator to compare with: https://go.dev/dl');
  log('building the operator on controller-runtime (a few minutes the first time, then never again)');
  mkdirSync(dirname(binary), { recursive: true });
  const partial = `${binary}.${process.pid}`;
  const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', partial, '.'];
  await promisify(execFile)('go', args, {
    cwd: source,
    env: { ...process.env, CGO_ENABLED: '0' },
    maxBuffer: 64 * 1024 * 1024,
  });
  renameSync(partial, binary);
}

function sourceHash(): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => /\.(go|mod|sum)$/.test(name)).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(source, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Of controller-runtime, as go.mod asks for it. */
export function versionIn(goMod: string): string {
  const line = goMod.split('\n').find((each) => each.trim().startsWith(`${controllerRuntime} `));
  const version = line?.trim().split(' ')[1];
  if (version === undefined) throw new Error(`go.mod does not ask for ${controllerRuntime}`);
  return version;
}
