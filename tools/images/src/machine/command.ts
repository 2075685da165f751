import { spawn } from 'node:child_process';

export type CommandOptions = {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** After so long the command is ended, and that is an error. */
  readonly timeoutMs: number;
  /** Each line of output as it comes, of both streams. */
  readonly onLine?: (line: string) => void;
  /** What messages call it, when its first words do not tell. */
  readonly title?: string;
  /** What to do when the command does not exist. */
  readonly whenMissing?: string;
};

export type CommandResult = {
  readonly code: number;
  readonly stdout: string;
  readonly lines: readonly string[];
};

/** Commands that write more keep only their last lines. */
const keptLines = 400;

/** Runs a command to its end, whatever its exit code. */
export function tryCommand(argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const [file = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    const stdout: Buffer[] = [];
    const take = (line: string): void => {
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
      options.onLine?.(line);
    };
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    const flushers = [eachLine(child.stdout, take), eachLine(child.stderr, take)];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, options.timeoutMs);
    child.once('error', (cause: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const hint = options.whenMissing ?? `install ${file} and run again`;
      reject(
        cause.code === 'ENOENT' ? new Error(`the command ${file} is missing: ${hint}`, { cause }) : cause,
      );
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      for (const flush of flushers) flush();
      if (late) reject(new Error(`${titleOf(argv, options)} was ended after ${options.timeoutMs / 1000} s`));
      else resolve({ code: code ?? -1, stdout: Buffer.concat(stdout).toString('utf8'), lines });
    });
  });
}

/** Runs a command and fails, with the end of its output, when it does. */
export async function command(argv: readonly string[], options: CommandOptions): Promise<string> {
  const { code, stdout, lines } = await tryCommand(argv, options);
  if (code === 0) return stdout;
  const tail = lines.slice(-15).map((line) => `    ${line.slice(0, 240)}`);
  throw new Error([`${titleOf(argv, options)} failed with exit code ${code}:`, ...tail].join('\n'));
}

const titleOf = (argv: readonly string[], { title }: CommandOptions): string =>
  title ?? `${argv.slice(0, 6).join(' ')}${argv.length > 6 ? ' …' : ''}`;

function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): () => void {
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('utf8')).split(/\r?\n/);
    rest = parts.pop() ?? '';
    for (const part of parts) take(part);
  });
  return () => {
    if (rest !== '') take(rest);
    rest = '';
  };
}
