import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundle } from '@stateful/images';

/** The programs that can be started: what is shipped, and the same operator with places where it can die. */
export type ProgramName = 'main' | 'killable';

const entries: Readonly<Record<ProgramName, string>> = {
  main: 'apps/etcd-backup-operator/src/main.ts',
  killable: 'apps/etcd-backup-operator/test/process/killable-operator.ts',
};

export interface OperatorInput {
  readonly kubeconfig: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
}

/** An operator in a process of its own. */
export interface OperatorProcess {
  readonly pid: number;
  /** Lines of both its outputs. */
  readonly log: readonly string[];
  /** How it ended: its exit code, or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Undefined while it runs. */
  how(): number | NodeJS.Signals | undefined;
  /** Asks it something by IPC; `onMessage` hears what it says. */
  send(message: string): void;
  onMessage(hear: (message: unknown) => void): void;
  /** Sends the signal, and waits until it is gone. */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** A bundle of a program, as its image holds it: a start takes a quarter of a second, not three. */
export interface Program {
  start(input: OperatorInput): OperatorProcess;
  remove(): void;
}

export async function buildProgram(name: ProgramName): Promise<Program> {
  const dir = mkdtempSync(join(tmpdir(), 'stateful-etcd-operator-'));
  const file = `${name}.mjs`;
  for (const { name: path, contents } of await bundle({ entry: entries[name], file })) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), contents);
  }
  return {
    start: (input) => startProcess(join(dir, file), input),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function startProcess(
  file: string,
  { kubeconfig, args = [], env = {}, nodeArgs = [] }: OperatorInput,
): OperatorProcess {
  // It ends with this process, even when this one is killed.
  const bound = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];
  const [command = '', ...rest] = [
    ...bound,
    process.execPath,
    ...nodeArgs,
    file,
    ...[`--kubeconfig=${kubeconfig}`, '--metrics-address=', '--probes-address=', '--debug-address='],
    ...args,
  ];
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  const log: string[] = [];
  let how: number | NodeJS.Signals | undefined;
  for (const output of [child.stdout, child.stderr]) {
    output?.setEncoding('utf8').on('data', (text: string) => {
      log.push(...text.split('\n').filter((line) => line !== ''));
      if (log.length > 2_000) log.splice(0, 1_000);
    });
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      how = signal ?? code ?? 0;
      resolve(how);
    });
  });
  return {
    pid: child.pid ?? 0,
    log,
    ended,
    how: () => how,
    send: (message) => void child.send(message),
    onMessage: (hear) => void child.on('message', hear),
    end(signal = 'SIGKILL') {
      if (how === undefined) child.kill(signal);
      return ended;
    },
  };
}
