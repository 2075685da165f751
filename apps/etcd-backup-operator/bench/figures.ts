import { readdirSync, readFileSync } from 'node:fs';

/** What one process has used so far, as /proc tells. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly peakResidentBytes: number;
  /** Sent to storage by it; pipes and sockets do not count. */
  readonly writtenBytes: number;
}

const ticksPerSecond = 100;
const noUsage: Usage = { cpuSeconds: 0, peakResidentBytes: 0, writtenBytes: 0 };

/** Undefined: it is gone. */
export function usageOf(pid: number): Usage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    const written = /^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1];
    // One that is just ending has lost its memory already.
    if (kibibytes === undefined || written === undefined) return undefined;
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      peakResidentBytes: Number(kibibytes) * 1024,
      writtenBytes: Number(written),
    };
  } catch {
    return undefined;
  }
}

/** The process whose command line ends with these arguments. */
export function pidOf(args: readonly string[]): number | undefined {
  const end = `\0${args.join('\0')}\0`;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (readFileSync(`/proc/${name}/cmdline`, 'utf8').endsWith(end)) return Number(name);
    } catch {
      // It has just ended.
    }
  }
  return undefined;
}

/** Looks at a process until it has ended: what it had used at the last look, 50 ms before at most. */
export async function followUsage(pid: number, ended: Promise<unknown>): Promise<Usage> {
  let last = noUsage;
  let isOver = false;
  void ended.finally(() => (isOver = true)).catch(() => undefined);
  while (!isOver) {
    last = usageOf(pid) ?? last;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return last;
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
};
