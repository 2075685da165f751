import {
  checkListAppend,
  checkUniqueSet,
  type HistoryEvent,
  type Level,
  type ListAppendEvent,
  type ListAppendVerdict,
  type MicroOp,
  type SetEvent,
  type SetVerdict,
} from '@stateful/testing';

/** Times of acknowledgements, milliseconds since the epoch, oldest first. */
export const acknowledgedAt = (events: readonly HistoryEvent<string, unknown>[]): number[] =>
  events
    .filter(({ type }) => type === 'ok')
    .map(({ time }) => time)
    .sort((a, b) => a - b);

/** The longest time without an acknowledgement, in milliseconds. */
export const gapMs = ({ gap }: SetVerdict): number => (gap ? gap.to - gap.from : 0);

/** Holds what writers were told against the rows that are there now. */
export function judgeRows(events: readonly SetEvent[], rows: readonly string[]): SetVerdict {
  const [asked, answered] = after(events);
  return checkUniqueSet([
    ...events,
    { process: 'final', type: 'invoke', f: 'read', value: {}, time: asked },
    { process: 'final', type: 'ok', f: 'read', value: { rows }, time: answered },
  ]);
}

/** Holds a history of transactions against the lists that are there now; `lists` as `key|{1,2,3}` lines. */
export function judgeLists(
  events: readonly ListAppendEvent[],
  lists: readonly string[],
  level: Level,
): ListAppendVerdict {
  const now = new Map(lists.map((line) => parseList(line)));
  const keys = new Set([...now.keys(), ...events.flatMap(({ value }) => value.map(([, key]) => key))]);
  const [asked, answered] = after(events);
  const read = (listOf: (key: string) => readonly number[] | null): MicroOp[] =>
    [...keys].map((key): MicroOp => ['r', key, listOf(key)]);
  return checkListAppend(
    [
      ...events,
      { process: 'final', type: 'invoke', f: 'txn', value: read(() => null), time: asked },
      { process: 'final', type: 'ok', f: 'txn', value: read((key) => now.get(key) ?? []), time: answered },
    ],
    { level },
  );
}

/** The tables are read when the clients have ended, so their last event came before. */
function after(events: readonly { time: number }[]): [asked: number, answered: number] {
  const last = events.reduce((latest, { time }) => Math.max(latest, time), 0);
  return [last + 1, last + 2];
}

function parseList(line: string): [string, number[]] {
  const [, key, list] = /^(.+)\|\{([\d,]*)\}$/.exec(line) ?? [];
  if (key === undefined || list === undefined) throw new Error(`not a list of the form key|{1,2}: ${line}`);
  return [key, list === '' ? [] : list.split(',').map(Number)];
}
