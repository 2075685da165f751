import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { lastLines } from './run.ts';

export type BoundProcess = {
  readonly name: string;
  readonly pid: number;
  /** Undefined while it runs, then how it ended. */
  readonly exit: () => string | undefined;
  /** The end of what it wrote. */
  readonly tail: () => string;
  /** Ends it at once and waits until it is gone. */
  readonly stop: () => Promise<void>;
};

export type BoundProcessInput = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
};

/**
 * The kernel ends the process together with this one (PR_SET_PDEATHSIG, which exec keeps), even when this one
 * is killed. The shell closes the gap before that: had the parent already died, it would not start at all.
 */
const dieWithParent = ['--pdeathsig', 'KILL', 'sh', '-c', '[ "$PPID" = "$0" ] || exit 1; exec "$@"'] as const;

/** Starts a process that lives no longer than this one, with its output in a file. */
export function startBound({ name, command, args, logFile }: BoundProcessInput): BoundProcess {
  const output = openSync(logFile, 'a', 0o600);
  const isLinux = process.platform === 'linux';
  const child = spawn(
    isLinux ? 'setpriv' : command,
    isLinux ? [...dieWithParent, String(process.pid), command, ...args] : args,
    { stdio: ['ignore', output, output] },
  );
  closeSync(output);
  let ended: string | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      ended = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      ended = signal ?? `exit code ${code}`;
      resolve();
    });
  });
  const kill = (): void => {
    if (ended === undefined) child.kill('SIGKILL');
  };
  if (!isLinux) process.once('exit', kill);
  // A test that forgets to stop it still ends, and the kernel then ends the process.
  child.unref();
  return {
    name,
    pid: child.pid ?? 0,
    exit: () => ended,
    tail: () => `--- end of ${logFile}\n${lastLines(readFileSync(logFile, 'utf8'), 25)}`,
    stop: async () => {
      child.ref();
      kill();
      await gone;
      process.removeListener('exit', kill);
    },
  };
}
