import { type HistoryEvent } from './event.ts';

/** An invocation and its answer, taken together. */
export interface Operation<F extends string, V> {
  /** Position by time of invocation; the same whatever order the events came in. */
  id: number;
  process: number | string;
  f: F;
  asked: V;
  /** Only for `ok`. */
  answered: V | undefined;
  /** `unknown`: it may have happened, now or at any later time, or never. */
  outcome: 'ok' | 'fail' | 'unknown';
  start: number;
  /** Infinity while unknown: it may still take effect. */
  end: number;
  error?: string;
}

/**
 * Pairs invocations with their answers. Throws when the events are no history: an answer without a question, a
 * process that asks twice at a time. A process may go on after `info`.
 */
export function toOperations<F extends string, V>(events: readonly HistoryEvent<F, V>[]): Operation<F, V>[] {
  const byProcess = new Map<number | string, HistoryEvent<F, V>[]>();
  for (const event of events) {
    const own = byProcess.get(event.process);
    if (own) own.push(event);
    else byProcess.set(event.process, [event]);
  }
  const operations = [...byProcess.values()].flatMap((own) => pair(own));
  operations.sort((a, b) => a.start - b.start || compareProcess(a.process, b.process) || a.end - b.end);
  operations.forEach((operation, id) => (operation.id = id));
  return operations;
}

function pair<F extends string, V>(events: HistoryEvent<F, V>[]): Operation<F, V>[] {
  const operations: Operation<F, V>[] = [];
  let open: Operation<F, V> | undefined;
  for (const event of inOrder(events)) {
    if (event.type === 'invoke') {
      if (open) throw new Error(`process ${event.process} began a second operation at ${event.time} ms`);
      open = begin(event);
      operations.push(open);
      continue;
    }
    if (!open || open.f !== event.f) {
      throw new Error(`process ${event.process} has an answer without a question at ${event.time} ms`);
    }
    if (event.error !== undefined) open.error = event.error;
    if (event.type === 'ok') Object.assign(open, { answered: event.value, outcome: 'ok', end: event.time });
    if (event.type === 'fail') Object.assign(open, { outcome: 'fail', end: event.time });
    open = undefined;
  }
  return operations;
}

function begin<F extends string, V>({ process, f, value, time }: HistoryEvent<F, V>): Operation<F, V> {
  return {
    id: 0,
    process,
    f,
    asked: value,
    answered: undefined,
    outcome: 'unknown',
    start: time,
    end: Infinity,
  };
}

/** By time; of two events of one process at the same time, the one that continues the alternation comes first. */
function inOrder<F extends string, V>(events: HistoryEvent<F, V>[]): HistoryEvent<F, V>[] {
  const sorted = events.toSorted((a, b) => a.time - b.time);
  let isOpen = false;
  for (let index = 0; index < sorted.length; index++) {
    const here = sorted[index]!;
    const next = sorted[index + 1];
    if (next?.time === here.time) {
      if (sorted[index + 2]?.time === here.time) {
        throw new Error(
          `process ${here.process} has more than two events at ${here.time} ms: which came first?`,
        );
      }
      if ((here.type === 'invoke') === isOpen) [sorted[index], sorted[index + 1]] = [next, here];
    }
    isOpen = sorted[index]!.type === 'invoke';
  }
  return sorted;
}

function compareProcess(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : Number(String(a) !== String(b));
}
