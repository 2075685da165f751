import { spawn } from 'node:child_process';

export type RunOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly input?: string;
  /** Each line of standard error as it comes. */
  readonly onErrorLine?: (line: string) => void;
};

export type RunResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a command to its end and returns what it said, whatever its exit code. Its deadline is 60 s unless given. */
export function tryRun(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { cwd, env, timeoutMs = 60_000, input, onErrorLine } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let partialLine = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      err.push(chunk);
      if (onErrorLine === undefined) return;
      const lines = (partialLine + chunk.toString('utf8')).split('\n');
      partialLine = lines.pop() ?? '';
      lines.forEach(onErrorLine);
    });
    // A command that ends without reading its input is judged by its exit code alone.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    child.once('error', (cause) => {
      clearTimeout(timer);
      reject(new Error(`Could not run ${command}: ${cause.message}`, { cause }));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const stdout = Buffer.concat(out).toString('utf8');
      const stderr = Buffer.concat(err).toString('utf8');
      if (timedOut) {
        reject(
          new Error(`${describeCommand(command, args)} did not end within ${timeoutMs / 1000} s\n${stderr}`),
        );
        return;
      }
      resolve({ code: code ?? 128, stdout, stderr: signal === null ? stderr : `${stderr}${signal}` });
    });
  });
}

/** Like tryRun, but an exit code other than 0 is an error that carries the end of what the command said. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await tryRun(command, args, options);
  if (code !== 0) {
    const said = lastLines(stderr.trim() === '' ? stdout : stderr, 20);
    throw new Error(`${describeCommand(command, args)} failed with exit code ${code}\n${said}`);
  }
  return stdout;
}

export const lastLines = (text: string, count: number): string =>
  text.trimEnd().split('\n').slice(-count).join('\n');

const describeCommand = (command: string, args: readonly string[]): string => {
  const text = [command, ...args].join(' ');
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
};
