import { readFileSync, readdirSync } from 'node:fs';

interface Entry {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  readonly state: string;
}

/**
 * Every process of Postgres in this pod, the postmaster first. Found through /proc, because each backend has a
 * process group of its own and lives on for a while when the postmaster is gone. Synchronous and without
 * dependencies: the fence uses it.
 */
export function postgresProcesses(): number[] {
  const entries = processesNamed('postgres');
  const pids = new Set(entries.map(({ pid }) => pid));
  const isPostmaster = ({ parent }: Entry): boolean => !pids.has(parent);
  return entries.sort((a, b) => Number(isPostmaster(b)) - Number(isPostmaster(a))).map(({ pid }) => pid);
}

function processesNamed(wanted: string): Entry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readEntry(Number(name)))
    .filter(({ name, state }) => name === wanted && state !== 'Z');
}

/** SIGKILL to the programs that archive WAL or back up: they can wait for a store for a minute, nobody for them. */
export function killArchiving(): void {
  for (const { pid } of processesNamed('pgbackrest')) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone in the meantime.
    }
  }
}

function readEntry(pid: number): Entry[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may hold anything, brackets too.
    const end = stat.lastIndexOf(')');
    const [state = '', parent = ''] = stat.slice(end + 2).split(' ');
    return [{ pid, name: stat.slice(stat.indexOf('(') + 1, end), state, parent: Number(parent) }];
  } catch {
    return [];
  }
}

/** SIGKILL to all of them, until none is left: new ones may have been born in between. */
export function killPostgres(): number {
  let killed = 0;
  for (let round = 0; round < 100; round++) {
    const pids = postgresProcesses();
    if (pids.length === 0) return killed;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
        killed++;
      } catch {
        // Gone in the meantime.
      }
    }
  }
  return killed;
}
