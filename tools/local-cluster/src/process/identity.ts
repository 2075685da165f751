import { readdirSync, readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same number. */
export type ProcessIdentity = {
  readonly pid: number;
  /** Clock ticks between boot and the start of the process (proc(5), stat field 22). */
  readonly startTime: string;
};

/** Start time and state letter from the text of /proc/PID/stat; the command in it may hold spaces and brackets. */
export function parseStat(stat: string): { readonly state: string; readonly startTime: string } | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state === undefined || startTime === undefined ? undefined : { state, startTime };
}

export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  return stat === undefined ? undefined : { pid, startTime: stat.startTime };
}

/** True while exactly this process runs; a zombie no longer does. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.startTime === startTime && stat.state !== 'Z' && stat.state !== 'X';
}

export function allPids(): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid));
}

/** The file of a process in /proc, or nothing when the process is gone or hides it. */
export function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

function readStat(pid: number): ReturnType<typeof parseStat> {
  const text = readProc(pid, 'stat');
  return text === undefined ? undefined : parseStat(text);
}
