import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from '../process/identity.ts';
import { lastLines } from '../process/run.ts';
import { groupProcsFiles, type Cgroups } from './cgroups.ts';
import { type Journal } from './journal.ts';
import { type Layout } from './layout.ts';

/** Set in the environment of all daemons, so that they are found even when every record of them is lost. */
export const markerVariable = 'STATEFUL_CLUSTER';
/** The cluster's folder: clusters of the same name may be kept in several caches. */
export const homeVariable = 'STATEFUL_CLUSTER_DIR';

export type Daemon = ProcessIdentity & { readonly name: string; readonly logFile: string };

export type DaemonInput = {
  readonly layout: Layout;
  readonly cgroups: Cgroups;
  readonly journal: Journal;
  readonly name: string;
  /** The control group the daemon and its children live in. */
  readonly cgroup: string;
  /** Program and arguments. */
  readonly command: readonly string[];
};

// Joins the control groups given in $0 before it becomes the program, so that nothing of it is ever outside.
const joinAndBecome = 'IFS=:; for file in $0; do echo $$ > "$file" || exit 1; done; unset IFS; exec "$@"';

export const daemonLog = (layout: Layout, name: string): string => join(layout.logDir, `${name}.log`);

/** Starts a process that outlives this one: its own session, its output in a file. */
export function startDaemon({ layout, cgroups, journal, name, cgroup, command }: DaemonInput): Daemon {
  const logFile = daemonLog(layout, name);
  mkdirSync(dirname(logFile), { recursive: true });
  const output = openSync(logFile, 'a', 0o600);
  const child = spawn('sh', ['-c', joinAndBecome, groupProcsFiles(cgroups, cgroup).join(':'), ...command], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', output, output],
    env: {
      PATH: process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      [markerVariable]: layout.name,
      [homeVariable]: layout.dir,
    },
  });
  closeSync(output);
  // An error here shows as a missing pid below; without a listener it would end this process instead.
  child.on('error', () => undefined);
  child.unref();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw new Error(`${name} did not start\n${daemonTail(logFile)}`);
  journal.record({ kind: 'process', name, ...identity });
  return { ...identity, name, logFile };
}

/** Throws, with the end of its log, when the daemon has ended. */
export function assertAlive(daemon: Daemon): void {
  if (!isAlive(daemon)) throw new Error(`${daemon.name} has ended\n${daemonTail(daemon.logFile)}`);
}

export function daemonTail(logFile: string, lines = 25): string {
  try {
    return `--- end of ${logFile}\n${lastLines(readFileSync(logFile, 'utf8'), lines)}`;
  } catch {
    return `--- ${logFile} does not exist`;
  }
}
