import { type Arena } from './arena.ts';
import { type Fault } from './faults.ts';
import { handOvers, lateWrites, type Violation } from './oracle.ts';

export interface RoundResult {
  fault: string;
  /** From the old leader's last write to the new one's first; undefined when nobody else led. */
  gapMs: number | undefined;
  /** Writes of the round. */
  writes: number;
  late: Violation[];
}

/** One fault on whoever leads, and what became of it. Throws when the fault did not do what it is for. */
export async function round(arena: Arena, fault: Fault): Promise<RoundResult> {
  const leader = await arena.settled();
  const from = arena.writes().length;
  const lateBefore = lateWrites(arena.writes()).length;
  const epoch = leader.epoch() ?? 0;
  await fault.run(arena, leader);
  const handOver = handOvers(arena.writes()).find((each) => each.from.epoch === epoch);
  if ((handOver !== undefined) !== fault.handsOver) {
    throw new Error(`${fault.name}: the leadership was ${handOver ? 'lost' : 'kept'}, which should not be`);
  }
  const late = lateWrites(arena.writes()).slice(lateBefore);
  return { fault: fault.name, gapMs: handOver?.gapMs, writes: arena.writes().length - from, late };
}

/** Shortest, median and longest gap of each fault, for people. */
export function tableOf(results: readonly RoundResult[]): string {
  const names = [...new Set(results.map(({ fault }) => fault))];
  const rows = names.map((name) => {
    const own = results.filter(({ fault }) => fault === name);
    const gaps = own.flatMap(({ gapMs }) => gapMs ?? []).sort((a, b) => a - b);
    const seconds = (ms: number | undefined): string => (ms === undefined ? '-' : (ms / 1000).toFixed(2));
    const late = own.reduce((sum, each) => sum + each.late.length, 0);
    const writes = own.reduce((sum, each) => sum + each.writes, 0);
    return [
      name,
      String(own.length),
      String(writes),
      String(late),
      seconds(gaps[0]),
      seconds(gaps[Math.floor(gaps.length / 2)]),
      seconds(gaps.at(-1)),
    ];
  });
  const head = ['fault', 'rounds', 'writes', 'late', 'gap min s', 'median s', 'max s'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
