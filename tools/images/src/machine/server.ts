import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

export type ServerOptions = {
  /** What messages call it, with its address. */
  readonly title: string;
  /** Absolute paths; what it says goes to the log file. */
  readonly argv: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly readyWithinMs: number;
  /** Whether it answers. */
  readonly isReady: () => Promise<boolean>;
};

/**
 * Starts a server on this machine and waits until it answers; answers how to end it. It ends with this process, even when that is
 * killed. Throws with the end of its log when it does not come up.
 */
export async function startServer(options: ServerOptions): Promise<() => Promise<void>> {
  const { title, logFile, readyWithinMs, isReady } = options;
  const bound = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];
  const [file = '', ...args] = [
    ...bound,
    'sh',
    '-c',
    'log=$0; exec "$@" >"$log" 2>&1',
    logFile,
    ...options.argv,
  ];
  const child = spawn(file, args, { stdio: 'ignore', env: options.env });
  let ended = false;
  const gone = new Promise<void>((settle) => {
    for (const event of ['exit', 'error']) {
      child.once(event, () => {
        ended = true;
        settle();
      });
    }
  });
  const stop = async (): Promise<void> => {
    if (!ended) child.kill('SIGKILL');
    await gone;
  };
  const deadline = performance.now() + readyWithinMs;
  while (!(await isReady())) {
    if (ended || performance.now() > deadline) {
      await stop();
      const said = await readFile(logFile, 'utf8').catch(() => '');
      throw new Error(`${title} did not become ready; it said:\n${said.slice(-2000)}`);
    }
    await Promise.race([gone, new Promise((settle) => setTimeout(settle, 50))]);
  }
  return stop;
}

/** A port that nobody listens on at this moment. */
export function freePort(address: string): Promise<number> {
  return new Promise((settle, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, address, () => {
      const bound = server.address();
      server.close(() => settle(typeof bound === 'object' && bound !== null ? bound.port : 0));
    });
  });
}
