import { describe, expect, it } from '@jest/globals';
import { createManualClock } from '@stateful/reconcile-sdk';
import { formatEvents, parseEvents, type HistoryEvent } from './event.ts';
import { toOperations } from './operation.ts';
import { createRecorder } from './recorder.ts';

const event = (
  process: number,
  type: HistoryEvent<'f', number>['type'],
  time: number,
): HistoryEvent<'f', number> => ({
  process,
  type,
  f: 'f',
  value: time,
  time,
});

describe('createRecorder', () => {
  it('keeps the order in which things were seen, also within one millisecond', async () => {
    const clock = createManualClock();
    const recorder = createRecorder<'f', number>(clock);
    const first = recorder.invoke(1, 'f', 10);
    const second = recorder.invoke(2, 'f', 20);
    second.fail(new Error('no'));
    await clock.advance(5);
    first.ok(11);
    recorder.invoke(1, 'f', 12).info(new Error('timeout'));
    const times = recorder.events().map(({ time }) => time);
    expect(new Set(times).size).toBe(times.length);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(toOperations(recorder.events())).toMatchObject([
      { process: 1, asked: 10, answered: 11, outcome: 'ok', start: 0, end: 5 },
      { process: 2, asked: 20, outcome: 'fail', error: 'no' },
      { process: 1, asked: 12, outcome: 'unknown', end: Infinity, error: 'timeout' },
    ]);
    expect(() => first.ok(1)).toThrow(/twice/);
  });

  it('survives the log of a pod', () => {
    const seen: HistoryEvent<'f', number>[] = [];
    const recorder = createRecorder<'f', number>(createManualClock(), (one) => seen.push(one));
    recorder.invoke('a', 'f', 1).ok(2);
    expect(parseEvents(`hello\n${formatEvents(seen)}bye`, ['f'])).toEqual(recorder.events());
    expect(() => parseEvents(formatEvents(seen).slice(0, -10), ['f'])).toThrow(/not an event/);
    expect(() => parseEvents<'g', number>(formatEvents(seen), ['g'])).toThrow(/not an event/);
  });
});

describe('toOperations', () => {
  it('leaves open what was never answered, and lets a process go on after a doubt', () => {
    const operations = toOperations([event(1, 'invoke', 0), event(1, 'info', 1), event(1, 'invoke', 2)]);
    expect(operations.map(({ outcome, end }) => [outcome, end])).toEqual([
      ['unknown', Infinity],
      ['unknown', Infinity],
    ]);
  });

  it('orders two events of one process at one time', () => {
    const events = [event(1, 'invoke', 0), event(1, 'ok', 5), event(1, 'invoke', 5), event(1, 'ok', 6)];
    for (const order of [events, events.toReversed()]) {
      expect(toOperations(order).map(({ start, end }) => [start, end])).toEqual([
        [0, 5],
        [5, 6],
      ]);
    }
  });

  it('refuses what is no history', () => {
    expect(() => toOperations([event(1, 'invoke', 0), event(1, 'invoke', 1)])).toThrow(/second operation/);
    expect(() => toOperations([event(1, 'ok', 0)])).toThrow(/without a question/);
    const three = [event(1, 'invoke', 0), event(1, 'ok', 0), event(1, 'invoke', 0)];
    expect(() => toOperations(three)).toThrow(/which came first/);
  });
});
