import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../cache-dir.ts';
import { withLock } from '../process/lock.ts';
import { run } from '../process/run.ts';
import { type Log, seconds } from '../progress.ts';
import { contentHash } from './content-hash.ts';
import { ensureGo } from './go-toolchain.ts';

export type GoProgram = {
  /** Name of the program and of its folder in the cache. */
  readonly name: string;
  /** Folder with go.mod and the sources. */
  readonly source: string;
  readonly ldflags: string;
  /** What a person should know before waiting for it. */
  readonly hint?: string;
};

const progressEveryMs = 10_000;

/** The program's path in the cache; builds it first when no build of exactly these sources is there. */
export async function goBuild(program: GoProgram, log: Log): Promise<string> {
  const { name, source, ldflags } = program;
  const inputs = readdirSync(source)
    .filter((file) => /^go\.(mod|sum)$|\.go$/.test(file))
    .map((file) => join(source, file));
  const hash = contentHash(inputs, [name, ldflags, process.platform, process.arch]);
  const folder = cacheDir(name, hash);
  const binary = join(folder, name);
  if (existsSync(binary)) return binary;
  return withLock(
    cacheDir(name, 'build.lock'),
    { what: `building ${name}`, timeoutMs: 1_800_000, log },
    async () => {
      if (existsSync(binary)) return binary;
      await ensureGo(log);
      const partial = mkdtempSync(cacheDir(name, 'partial-'));
      try {
        await compile(program, join(partial, name), log);
        mkdirSync(folder, { recursive: true });
        renameSync(join(partial, name), binary);
      } finally {
        rmSync(partial, { recursive: true, force: true });
      }
      return binary;
    },
  );
}

async function compile({ name, source, ldflags, hint }: GoProgram, output: string, log: Log): Promise<void> {
  const startedAt = performance.now();
  let packages = 0;
  let modules = 0;
  let lastLine = '';
  log(`building ${name}${hint === undefined ? '' : ` (${hint})`}`);
  const ticker = setInterval(() => {
    const elapsed = seconds(performance.now() - startedAt);
    log(
      `building ${name}: ${elapsed}, ${modules} modules fetched, ${packages} packages compiled; ${lastLine}`,
    );
  }, progressEveryMs);
  try {
    await run('go', ['build', '-v', '-buildvcs=false', '-trimpath', '-ldflags', ldflags, '-o', output, '.'], {
      cwd: source,
      env: { CGO_ENABLED: '0' },
      timeoutMs: 1_800_000,
      onErrorLine: (line) => {
        lastLine = line;
        if (line.startsWith('go: downloading ')) modules += 1;
        else packages += 1;
      },
    });
  } finally {
    clearInterval(ticker);
  }
  log(`built ${name} in ${seconds(performance.now() - startedAt)}`);
}
