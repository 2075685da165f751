import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface OperatorProcess {
  /** All that it has logged. */
  log(): string;
  /** Asks it to stop and returns its exit code. */
  stop(): Promise<number | null>;
}

/** An operator as a process of its own, with the flags that a Deployment gives it. `main`: path of its main.ts. */
export function startOperator(
  main: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): OperatorProcess {
  const child = spawn(process.execPath, ['--conditions=@stateful/source', main, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = once(child, 'exit') as Promise<[number | null]>;
  return {
    log: () => text,
    async stop() {
      child.kill('SIGTERM');
      // What does not end by itself is ended, and its exit code then says so.
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
      const [code] = await ended;
      clearTimeout(timer);
      return code;
    },
  };
}
