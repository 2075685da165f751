import { readFileSync } from 'node:fs';

export type Memory = { readonly residentMb: number; readonly anonymousMb: number };

/** From the text of /proc/PID/status. */
export function memoryOf(status: string): Memory {
  const mb = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN) / 1024;
  return { residentMb: mb('VmRSS'), anonymousMb: mb('RssAnon') };
}

/** Linux counts a hundred ticks a second for user space, whatever the kernel was built for. */
const ticksPerSecond = 100;

/** Seconds of CPU that a process took, from the text of /proc/PID/stat. */
export function cpuSecondsOf(stat: string): number {
  // The program's name is in brackets and may hold blanks and brackets itself.
  const [, , , , , , , , , , , user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(user) + Number(system)) / ticksPerSecond;
}

export const readMemory = (pid: number): Memory => memoryOf(readFileSync(`/proc/${pid}/status`, 'utf8'));
export const readCpuSeconds = (pid: number): number =>
  cpuSecondsOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
