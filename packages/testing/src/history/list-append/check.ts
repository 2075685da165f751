import { toOperations } from '../operation.ts';
import { type Anomaly } from './anomaly.ts';
import { cycleStory } from './cycle-story.ts';
import { findCycles } from './cycles.ts';
import { addDependencies, createDependencies } from './dependencies.ts';
import { findDirect } from './direct.ts';
import { findInternal } from './internal.ts';
import { levels, rulesOut, type Level } from './levels.ts';
import { addRealTime } from './real-time.ts';
import { readsByKey } from './reads.ts';
import { createRelate } from './relations.ts';
import { type ListAppendEvent } from './transaction.ts';
import { versionsByKey } from './versions.ts';
import { indexWriters } from './writers.ts';

export interface ListAppendOptions {
  /** What the store promises; default `strict-serializable`. */
  level?: Level;
  /** How far the clocks that stamped the events may be apart; default 0, for one recorder. */
  slackMs?: number;
}

export interface ListAppendVerdict {
  /** Whether nothing was seen that the promised level rules out. */
  isValid: boolean;
  level: Level;
  /** Worst first: those that rule out the most levels. */
  anomalies: readonly Anomaly[];
  /** Levels that this history cannot have come from. */
  rulesOut: readonly Level[];
  counts: { ok: number; fail: number; unknown: number; reads: number };
  /** For people. */
  report: string;
}

/** How many anomalies of one name are told in the report; all of them are in the verdict. */
const toldOfEachName = 3;

/**
 * Checks a history of transactions on keyed lists, as Elle does: the longest read of a key gives the order of its
 * versions, from which follows who must have come before whom. Near linear in the size of the history.
 *
 * End a run with a read of all keys, from where reads are promised to be current: an acknowledged append that is
 * missing from the last read of its key counts as lost.
 */
export function checkListAppend(
  events: readonly ListAppendEvent[],
  { level = 'strict-serializable', slackMs = 0 }: ListAppendOptions = {},
): ListAppendVerdict {
  const transactions = toOperations(events);
  const writers = indexWriters(transactions);
  const reads = readsByKey(transactions);
  const edges = createDependencies();
  const keys = versionsByKey(writers, reads, slackMs);
  addDependencies(edges, keys);
  addRealTime(edges, transactions, slackMs);
  const cycles = findCycles(transactions, edges, createRelate(keys, slackMs)).map((cycle): Anomaly => ({
    name: cycle.name,
    rulesOut: rulesOut(cycle.name),
    transactions: cycle.edges.from,
    story: cycleStory(cycle, transactions),
  }));
  const anomalies = [...findDirect(writers, reads, slackMs), ...findInternal(transactions), ...cycles].sort(
    (a, b) => b.rulesOut.length - a.rulesOut.length,
  );
  const ruledOut = levels.filter((one) => anomalies.some((anomaly) => anomaly.rulesOut.includes(one)));
  const count = (outcome: string): number => transactions.filter((one) => one.outcome === outcome).length;
  const verdict = {
    isValid: !ruledOut.includes(level),
    level,
    anomalies,
    rulesOut: ruledOut,
    counts: {
      ok: count('ok'),
      fail: count('fail'),
      unknown: count('unknown'),
      reads: [...reads.values()].reduce((sum, ofKey) => sum + ofKey.length, 0),
    },
  };
  return { ...verdict, report: reportOf(verdict) };
}

function reportOf({ isValid, level, anomalies, counts }: Omit<ListAppendVerdict, 'report'>): string {
  const { ok, fail, unknown, reads } = counts;
  const head = `${isValid ? 'valid' : 'NOT VALID'} at ${level}: ${ok} transactions acknowledged, ${fail} aborted, ${unknown} in doubt, ${reads} reads`;
  const names = [...new Set(anomalies.map(({ name }) => name))];
  return [
    head,
    ...names.flatMap((name) => {
      const own = anomalies.filter((anomaly) => anomaly.name === name);
      const told = own
        .toSorted((a, b) => a.transactions.length - b.transactions.length)
        .slice(0, toldOfEachName);
      const more = own.length - told.length;
      return [...told.map(({ story }) => story), ...(more > 0 ? [`${name}: and ${more} more`] : [])];
    }),
  ].join('\n');
}
