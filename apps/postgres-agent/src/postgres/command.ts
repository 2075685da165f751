import { spawn } from 'node:child_process';
import { OperatorError } from '@stateful/reconcile-sdk';

export interface CommandOptions {
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Told each line as it comes. */
  readonly onLine?: (line: string) => void;
}

const keptLines = 40;

/**
 * Runs a program to its end and returns what it printed. When the signal aborts, it is killed with all its
 * children: it has a process group of its own. Throws with the last lines of its complaint.
 */
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: '/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin',
        LANG: 'C.UTF-8',
        ...options.env,
      },
      ...(options.cwd ? { cwd: options.cwd } : {}),
    });
    const output: string[] = [];
    const last: string[] = [];
    const hear = (text: string): void => {
      for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
        options.onLine?.(line);
        last.push(line);
        if (last.length > keptLines) last.shift();
      }
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.push(text);
      hear(text);
    });
    child.stderr.setEncoding('utf8').on('data', hear);
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    options.signal?.addEventListener('abort', kill, { once: true });
    child.on('error', (cause) =>
      reject(new OperatorError('bad-configuration', `cannot run ${program}`, { cause })),
    );
    child.on('close', (code, signal) => {
      options.signal?.removeEventListener('abort', kill);
      if (code === 0) return resolve(output.join(''));
      const how = options.signal?.aborted
        ? 'was given up'
        : code === null
          ? `was ended by ${signal}`
          : `failed (${code})`;
      reject(
        new OperatorError(
          'unavailable',
          `${program} ${how}: ${last.slice(-5).join(' | ') || 'it said nothing'}`,
        ),
      );
    });
  });
}
