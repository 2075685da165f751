import type { Clock } from '@stateful/reconcile-sdk';
import { type EventType, type HistoryEvent } from './event.ts';

/** An operation under way: exactly one of the answers is given, once. */
export interface Recording<V> {
  ok(value: V): void;
  fail(error?: unknown): void;
  /** In doubt: it may have happened. */
  info(error?: unknown): void;
}

/** Writes down what clients ask and what they are told. */
export interface Recorder<F extends string, V> {
  invoke(process: number | string, f: F, value: V): Recording<V>;
  events(): readonly HistoryEvent<F, V>[];
}

/** Too small to matter, large enough to keep the order in which one thread saw things. */
const tickMs = 1e-3;

/**
 * Records into memory. Times are the clock's monotonic milliseconds, made strictly increasing: one thread saw the
 * events one after the other, and the order between an answer and the next question is what real-time checks need.
 *
 * `onEvent` sees each event as it is written, for instance to print it.
 */
export function createRecorder<F extends string, V>(
  clock: Pick<Clock, 'monotonic'>,
  onEvent?: (event: HistoryEvent<F, V>) => void,
): Recorder<F, V> {
  const events: HistoryEvent<F, V>[] = [];
  let last = -Infinity;
  const write = (process: number | string, type: EventType, f: F, value: V, error?: unknown): void => {
    last = Math.max(clock.monotonic(), last + tickMs);
    const because = error === undefined ? {} : { error: textOf(error) };
    const event: HistoryEvent<F, V> = { process, type, f, value, time: last, ...because };
    events.push(event);
    onEvent?.(event);
  };
  return {
    invoke(process, f, asked) {
      write(process, 'invoke', f, asked);
      let isAnswered = false;
      const answer = (type: EventType, value: V, error?: unknown): void => {
        if (isAnswered) throw new Error(`process ${process} answered its ${f} twice`);
        isAnswered = true;
        write(process, type, f, value, error);
      };
      return {
        ok: (value) => answer('ok', value),
        fail: (error) => answer('fail', asked, error),
        info: (error) => answer('info', asked, error),
      };
    },
    events: () => events,
  };
}

function textOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : JSON.stringify(error);
}
