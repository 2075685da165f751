/** How an event of a history stands: a question, or one of its three possible answers. */
export type EventType = 'invoke' | 'ok' | 'fail' | 'info';

/**
 * One line of a history, in the shape that Jepsen's tools use. `invoke` carries what was asked, `ok` what was
 * answered. `fail` means that the operation certainly did not and will not happen; whoever is in doubt (timeout,
 * broken connection, cancelled wait for a replica) says `info`, and the checkers then allow both.
 */
export interface HistoryEvent<F extends string, V> {
  /** A client that does one thing at a time. */
  process: number | string;
  type: EventType;
  f: F;
  value: V;
  /** Milliseconds of one monotonic clock, fractions allowed. Equal times count as concurrent. */
  time: number;
  error?: string;
}

/** One JSON object a line, so that a pod's log can carry a history. */
export function formatEvents<F extends string, V>(events: readonly HistoryEvent<F, V>[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

/** Reads what {@link formatEvents} wrote, between other lines of a log; a line cut off at the end is an error. */
export function parseEvents<F extends string, V>(
  text: string,
  functions: readonly F[],
): HistoryEvent<F, V>[] {
  const lines = text.split('\n').filter((line) => line.startsWith('{"process":'));
  return lines.map((line) => {
    const event = parseLine(line) as HistoryEvent<F, V>;
    const isKnown = ['invoke', 'ok', 'fail', 'info'].includes(event.type) && functions.includes(event.f);
    if (!isKnown || typeof event.time !== 'number') throw new Error(`not an event of a history: ${line}`);
    return event;
  });
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (cause) {
    throw new Error(`not an event of a history: ${line}`, { cause });
  }
}
