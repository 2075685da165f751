import { type HistoryEvent } from '../event.ts';
import { toOperations, type Operation } from '../operation.ts';

/** Rows that clients inserted, each one once; a read answers with all rows that are there, also those twice. */
export interface SetValue {
  /** Of an insert. */
  row?: string;
  /** Of an acknowledged insert, where the store tells: its place in the log, for people. */
  position?: string;
  /** Of an answered read. */
  rows?: readonly string[];
}
export type SetEvent = HistoryEvent<'insert' | 'read', SetValue>;
type SetOperation = Operation<'insert' | 'read', SetValue>;

/** A stretch of acknowledgements, in milliseconds of the history, with positions in the log where known. */
export interface Window {
  from: number;
  to: number;
  firstPosition?: string;
  lastPosition?: string;
}

export interface SetVerdict {
  /** `unknown` when no read began after the last acknowledgement. */
  verdict: 'complete' | 'broken' | 'unknown';
  acknowledged: number;
  /** In doubt, and there. */
  recovered: readonly string[];
  /** Acknowledged, and not there. */
  lost: readonly string[];
  /** There more than once. */
  duplicated: readonly string[];
  /** There, though nobody inserted it or its insert was refused. */
  phantom: readonly string[];
  /** From the first to the last acknowledgement of a lost row. */
  lostWindow: Window | undefined;
  /** Rows acknowledged within that window that are there all the same. */
  keptInLostWindow: number;
  /** The longest time without any acknowledgement. */
  gap: Window | undefined;
  report: string;
}

/**
 * Holds what clients were told against the rows that are there in the end: the last read of the history. Rows lost
 * in one block just before a failover are what asynchronous replication costs; rows lost here and there are worse.
 */
export function checkUniqueSet(events: readonly SetEvent[]): SetVerdict {
  const operations = toOperations(events);
  const inserts = new Map<string, SetOperation>();
  for (const operation of operations.filter(({ f }) => f === 'insert')) {
    const { row } = operation.asked;
    if (row === undefined || inserts.has(row))
      throw new Error(`an insert needs a row of its own, not ${row}`);
    inserts.set(row, operation);
  }
  const acknowledged = [...inserts.values()]
    .filter(({ outcome }) => outcome === 'ok')
    .sort((a, b) => a.end - b.end || a.id - b.id);
  const read = operations.findLast(({ f, outcome }) => f === 'read' && outcome === 'ok');
  const isFinal = read !== undefined && acknowledged.every(({ end }) => end < read.start);
  const counts = new Map<string, number>();
  for (const row of (isFinal && read.answered?.rows) || []) counts.set(row, (counts.get(row) ?? 0) + 1);
  const isThere = ({ asked }: SetOperation): boolean => counts.has(asked.row!);
  const present = [...counts.keys()].sort();
  const outcomeOf = (row: string): string | undefined => inserts.get(row)?.outcome;

  const lost = isFinal ? acknowledged.filter((one) => !isThere(one)) : [];
  const lostWindow = windowOf(lost.at(0), lost.at(-1));
  const findings = {
    acknowledged: acknowledged.length,
    recovered: present.filter((row) => outcomeOf(row) === 'unknown'),
    lost: lost.map(({ asked }) => asked.row!),
    duplicated: present.filter((row) => counts.get(row)! > 1),
    phantom: present.filter((row) => ['fail', undefined].includes(outcomeOf(row))),
    lostWindow,
    keptInLostWindow: lostWindow
      ? acknowledged.filter((one) => one.end >= lostWindow.from && one.end <= lostWindow.to && isThere(one))
          .length
      : 0,
    gap: longestGap(acknowledged),
  };
  const isBroken = [findings.lost, findings.duplicated, findings.phantom].some((rows) => rows.length > 0);
  const verdict = !isFinal ? 'unknown' : isBroken ? 'broken' : 'complete';
  return { verdict, ...findings, report: reportOf(verdict, findings) };
}

function windowOf(first: SetOperation | undefined, last: SetOperation | undefined): Window | undefined {
  if (!first || !last) return undefined;
  const [from, to] = [first.answered?.position, last.answered?.position];
  return {
    from: first.end,
    to: last.end,
    ...(from === undefined ? {} : { firstPosition: from }),
    ...(to === undefined ? {} : { lastPosition: to }),
  };
}

function longestGap(acknowledged: readonly SetOperation[]): Window | undefined {
  let gap: Window | undefined;
  for (let index = 1; index < acknowledged.length; index++) {
    const [from, to] = [acknowledged[index - 1]!.end, acknowledged[index]!.end];
    if (!gap || to - from > gap.to - gap.from) gap = { from, to };
  }
  return gap;
}

function reportOf(verdict: string, findings: Omit<SetVerdict, 'verdict' | 'report'>): string {
  const { acknowledged, recovered, lost, duplicated, phantom, lostWindow, keptInLostWindow, gap } = findings;
  const ms = (time: number): string => `${Math.round(time)} ms`;
  const line = (what: string, rows: readonly string[]): string[] =>
    rows.length === 0
      ? []
      : [`  ${rows.length} ${what}: ${rows.slice(0, 10).join(', ')}${rows.length > 10 ? ', …' : ''}`];
  const positions = lostWindow?.firstPosition
    ? ` (log ${lostWindow.firstPosition} to ${lostWindow.lastPosition ?? 'unknown'})`
    : '';
  return [
    `${verdict}: ${acknowledged} rows acknowledged, ${recovered.length} in doubt are there`,
    ...(verdict === 'unknown' ? ['  no read began after the last acknowledgement; NOT a pass'] : []),
    ...line('lost', lost),
    ...(lostWindow
      ? [
          `    acknowledged from ${ms(lostWindow.from)} to ${ms(lostWindow.to)}${positions}, ${keptInLostWindow} of that time are kept`,
        ]
      : []),
    ...line('there more than once', duplicated),
    ...line('there, but never inserted or refused', phantom),
    ...(gap
      ? [`  longest wait between two acknowledgements: ${ms(gap.to - gap.from)}, from ${ms(gap.from)}`]
      : []),
  ].join('\n');
}
