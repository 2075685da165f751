import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkListAppend } from './check.ts';
import { type ListAppendEvent, type MicroOp } from './transaction.ts';

/**
 * Small histories in any shape, right or wrong: each key gets its appends in some order, and each read shows some
 * beginning of that. A last read shows everything, so that nothing is left to guess.
 */
const small = fc
  .record({
    transactions: fc.array(
      fc.record({
        start: fc.integer({ min: 0, max: 5 }),
        length: fc.integer({ min: 1, max: 5 }),
        type: fc.constantFrom('ok' as const, 'ok' as const, 'ok' as const, 'info' as const, 'fail' as const),
        steps: fc.array(
          fc.record({
            isRead: fc.boolean(),
            key: fc.constantFrom('x', 'y'),
            chance: fc.nat(1000),
            isShown: fc.nat(9),
          }),
          { minLength: 1, maxLength: 3 },
        ),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    isHonest: fc.boolean(),
  })
  .map(({ transactions, isHonest }) => {
    let element = 0;
    const appends = transactions.flatMap(({ steps, type, start }) =>
      steps
        .filter(({ isRead }) => !isRead)
        .map(({ key, chance, isShown }) => ({
          key,
          element: ++element,
          // Honest ones come about in order of time, and what failed stays away, so that many histories are legal.
          place: isHonest ? start : chance,
          isThere:
            type === 'ok'
              ? isHonest || isShown > 0
              : type === 'info'
                ? isShown > 3
                : !isHonest && isShown > 7,
        })),
    );
    const order = (key: string): number[] =>
      appends
        .filter((one) => one.key === key && one.isThere)
        .sort((a, b) => a.place - b.place || a.element - b.element)
        .map((one) => one.element);
    element = 0;
    const events = transactions.flatMap(({ start, length, type, steps }, process): ListAppendEvent[] => {
      const value = steps.map(({ isRead, key, chance }): MicroOp => {
        if (!isRead) return ['append', key, ++element];
        return ['r', key, order(key).slice(0, Math.floor((chance / 1001) * (order(key).length + 1)))];
      });
      const asked = value.map((one): MicroOp => (one[0] === 'r' ? ['r', one[1], null] : one));
      const answer = type === 'ok' ? value : asked;
      return [
        { process, type: 'invoke', f: 'txn', value: asked, time: start },
        { process, type, f: 'txn', value: answer, time: start + length },
      ];
    });
    const all = (['x', 'y'] as const).map((key): MicroOp => ['r', key, order(key)]);
    events.push({
      process: 'final',
      type: 'invoke',
      f: 'txn',
      value: all.map(([, key]) => ['r', key, null]),
      time: 20,
    });
    events.push({ process: 'final', type: 'ok', f: 'txn', value: all, time: 21 });
    return events;
  });

/** The definition, tried out: every order of every choice of transactions. */
function isSerializable(events: readonly ListAppendEvent[], isStrict: boolean): boolean {
  const all = events.flatMap((event, index) =>
    event.type === 'invoke' ? [{ start: event.time, answer: events[index + 1]! }] : [],
  );
  const place = (lists: Record<string, readonly number[]>, left: typeof all): boolean =>
    left.every(({ answer }) => answer.type !== 'ok') ||
    left.some((one) => {
      if (one.answer.type === 'fail') return false;
      if (isStrict && left.some(({ answer }) => answer.type === 'ok' && answer.time < one.start))
        return false;
      const after = { ...lists };
      for (const step of one.answer.value) {
        const list = after[step[1]] ?? [];
        if (step[0] === 'append') after[step[1]] = [...list, step[2]];
        else if (step[2] !== null && JSON.stringify(step[2]) !== JSON.stringify(list)) return false;
      }
      return place(
        after,
        left.filter((other) => other !== one),
      );
    });
  return place({}, all);
}

it.each([
  { level: 'strict-serializable' as const, isStrict: true },
  { level: 'serializable' as const, isStrict: false },
])('agrees with the definition of $level on small histories', ({ level, isStrict }) => {
  const counts = { legal: 0, illegal: 0 };
  fc.assert(
    fc.property(small, (events) => {
      const { isValid, report, anomalies } = checkListAppend(events, { level });
      // That an acknowledged append is gone says more than that no order explains it.
      if (!isStrict && anomalies.some(({ name }) => name === 'lost-append')) return;
      const isLegal = isSerializable(events, isStrict);
      counts[isLegal ? 'legal' : 'illegal']++;
      if (isValid !== isLegal) throw new Error(`by definition ${isLegal}, but ${report}`);
    }),
    { numRuns: 3000 },
  );
  expect(Math.min(counts.legal, counts.illegal)).toBeGreaterThan(300);
});
