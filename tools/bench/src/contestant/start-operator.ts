import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type Contestant } from './contestant.ts';

export type RunningOperator = {
  readonly pid: number;
  /** `performance.now()` when it was started. */
  readonly startedAt: number;
  /** Fails with the end of its log when it has ended although nobody asked it to. */
  readonly check: () => void;
  /** Resolves when it is gone. */
  readonly end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>;
};

export type StartOptions = {
  readonly flags: readonly string[];
  readonly logFile: string;
  /** Told apart from other replicas, where the operator wants to be told. */
  readonly identity: string;
};

/** The kernel ends the operator with this process, however that ends. */
const dieWithParent = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL'] : [];
const endsWithinMs = 30_000;

export function startOperator(contestant: Contestant, options: StartOptions): RunningOperator {
  const { flags, logFile, identity } = options;
  const output = openSync(logFile, 'a', 0o600);
  const [file = '', ...args] = [...dieWithParent, ...contestant.command, ...flags];
  const startedAt = performance.now();
  const own = contestant.name.startsWith('ours') ? [`--identity=${identity}`] : [];
  const child = spawn(file, [...args, ...own], {
    stdio: ['ignore', output, output],
    env: { PATH: process.env['PATH'] ?? '', ...contestant.env },
  });
  closeSync(output);
  let isAsked = false;
  let ended: string | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => resolve(void (ended = error.message)));
    child.once('exit', (code, signal) => resolve(void (ended = signal ?? `exit code ${code}`)));
  });
  return {
    pid: child.pid ?? 0,
    startedAt,
    check() {
      if (ended === undefined || isAsked) return;
      const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
      throw new Error(`the operator "${contestant.name}" ended (${ended}):\n${tail}`);
    },
    async end(signal) {
      isAsked = true;
      if (ended === undefined) child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), endsWithinMs);
      await gone;
      clearTimeout(timer);
    },
  };
}
