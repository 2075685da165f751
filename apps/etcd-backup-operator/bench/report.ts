import { median } from './figures.ts';
import { type Result } from './contest.ts';

/** All rounds of one contestant. */
export interface Contestant {
  readonly name: string;
  readonly results: readonly Result[];
}

const mebibyte = 2 ** 20;

/** What has to hold. */
export const bars = { residentMebibytes: 300, timesRival: 0.9, loopDelayP99Ms: 50, scratchBytes: 0 } as const;

const mid = ({ results }: Contestant, of: (result: Result) => number): number => median(results.map(of));
const most = ({ results }: Contestant, of: (result: Result) => number): number =>
  Math.max(...results.map(of));
const resident = ({ processes }: Result): number =>
  Math.max(...Object.values(processes).map(({ peakResidentBytes }) => peakResidentBytes)) / mebibyte;
const cpu = ({ processes }: Result): number =>
  Object.values(processes).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);

/** As a table in markdown: medians, and the largest memory, delay and disk of all rounds. */
export function tableOf(contestants: readonly Contestant[]): string {
  const head = [
    ...['', 'seconds (all rounds)', 'MB/s', 'peak resident MiB', 'scratch disk MB'],
    ...['event loop delay p50 / p99 / max ms', 'processor s: own, etcd, store'],
  ];
  const rows = contestants.map((one) => {
    const { name, results } = one;
    const loop = (of: 'p50' | 'p99' | 'max') => most(one, ({ loopDelay }) => loopDelay?.[of] ?? 0).toFixed(1);
    return [
      name,
      `${mid(one, ({ seconds }) => seconds).toFixed(1)} (${results.map(({ seconds }) => seconds.toFixed(1)).join(', ')})`,
      mid(one, ({ bytes, seconds }) => bytes / 1e6 / seconds).toFixed(0),
      most(one, resident).toFixed(0),
      (most(one, ({ scratchBytes }) => scratchBytes) / 1e6).toFixed(0),
      results[0]?.loopDelay ? `${loop('p50')} / ${loop('p99')} / ${loop('max')}` : '',
      `${mid(one, cpu).toFixed(1)}, ${mid(one, ({ etcdSeconds }) => etcdSeconds).toFixed(1)}, ${mid(one, ({ storeSeconds }) => storeSeconds).toFixed(1)}`,
    ];
  });
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The bars that were missed, in words. */
export function missed(ours: Contestant, rival: Contestant | undefined): string[] {
  const missing: string[] = [];
  const must = (holds: boolean, what: string) => void (holds || missing.push(what));
  const memory = most(ours, resident);
  must(
    memory <= bars.residentMebibytes,
    `scenario 11: ${memory.toFixed(0)} MiB resident, more than ${bars.residentMebibytes}`,
  );
  const scratch = most(ours, ({ scratchBytes }) => scratchBytes);
  must(scratch <= bars.scratchBytes, `scenario 11: ${scratch} bytes written to a disk`);
  const delay = most(ours, ({ loopDelay }) => loopDelay?.p99 ?? Infinity);
  must(
    delay <= bars.loopDelayP99Ms,
    `scenario 11: event loop delay p99 ${delay.toFixed(1)} ms, more than ${bars.loopDelayP99Ms}`,
  );
  if (!rival) return missing;
  const times = mid(ours, ({ seconds }) => seconds) / mid(rival, ({ seconds }) => seconds);
  must(
    times <= bars.timesRival,
    `scenario 12: ${times.toFixed(2)} times the rival's time, more than ${bars.timesRival}`,
  );
  return missing;
}
