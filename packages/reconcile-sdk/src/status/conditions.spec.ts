import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { kubeTime } from '../client/index.ts';
import {
  changedConditions,
  conditionsFrom,
  mergeConditions,
  readyFrom,
  reconcilingCondition,
  stalledCondition,
  type Condition,
  type ConditionInput,
} from './index.ts';

const start = Date.UTC(2030, 0, 1);
const input = (
  type: string,
  status: Condition['status'] = 'True',
  reason = 'AsExpected',
): ConditionInput => ({
  type,
  status,
  reason,
  message: `${type} is ${status}`,
});

describe('conditionsFrom', () => {
  it('changes the time only with the status', () => {
    const first = conditionsFrom(undefined, [input('Ready', 'False')], 1, start);
    const second = conditionsFrom(first, [input('Ready', 'False', 'OtherReason')], 2, start + 60_000);
    expect(second).toEqual([
      {
        type: 'Ready',
        status: 'False',
        reason: 'OtherReason',
        message: 'Ready is False',
        observedGeneration: 2,
        lastTransitionTime: kubeTime(start),
      },
    ]);
    const third = conditionsFrom(second, [input('Ready')], 2, start + 120_000);
    expect(third[0]?.lastTransitionTime).toBe(kubeTime(start + 120_000));
  });

  it('never lets a time go back, whatever the clock does', () => {
    const states = fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const);
    const steps = fc.array(fc.record({ status: states, now: fc.integer({ min: start, max: start + 1e8 }) }));
    fc.assert(
      fc.property(steps, (looks) => {
        let before: Condition[] | undefined;
        for (const { status, now } of looks) {
          const after = conditionsFrom(before, [input('Ready', status)], 1, now);
          if (before) {
            const [old, time] = [before[0]!, after[0]!].map(({ lastTransitionTime }) =>
              Date.parse(lastTransitionTime),
            );
            expect(time).toBeGreaterThanOrEqual(old!);
            if (before[0]?.status === status) expect(time).toBe(old);
          }
          before = after;
        }
      }),
    );
  });

  it('begins anew where the time that stands there cannot be read', () => {
    const broken = [{ ...input('Ready'), observedGeneration: 1, lastTransitionTime: 'yesterday' }];
    expect(conditionsFrom(broken, [input('Ready')], 1, start)[0]?.lastTransitionTime).toBe(kubeTime(start));
  });

  it.each([
    [input('ready'), 'condition "ready": a type is CamelCase'],
    [input('Ready', 'Yes' as never), 'not "Yes"'],
    [input('Ready', 'True', 'it broke'), 'reason "it broke" is not one CamelCase word'],
    [input('Ready', 'True', ''), 'reason "" is not'],
    [input('Ready', 'True', 'A'.repeat(1_025)), 'at most 1024'],
  ])('refuses %j', (condition, message) => {
    expect(() => conditionsFrom(undefined, [condition], 1, start)).toThrow(message);
  });

  it('refuses a type that comes twice, and takes one with a domain', () => {
    expect(() => conditionsFrom(undefined, [input('Ready'), input('Ready')], 1, start)).toThrow('twice');
    expect(conditionsFrom(undefined, [input('example.com/Synced')], 1, start)).toHaveLength(1);
  });

  it('cuts a message at the limit of the API', () => {
    const long = { ...input('Ready'), message: 'x'.repeat(40_000) };
    expect(conditionsFrom(undefined, [long], 1, start)[0]?.message).toHaveLength(32_768);
  });
});

describe('mergeConditions', () => {
  const made = (...types: string[]): Condition[] =>
    conditionsFrom(
      undefined,
      types.map((type) => input(type)),
      1,
      start,
    );

  it("keeps other writers' conditions and everybody's place", () => {
    const present = made('Other', 'Ready', 'Old', 'Foreign');
    const merged = mergeConditions(present, made('New', 'Ready'), ['Ready', 'Old', 'New']);
    expect(merged.map(({ type }) => type)).toEqual(['Other', 'Ready', 'Foreign', 'New']);
    expect(merged[0]).toBe(present[0]);
  });

  it('changes nothing the second time', () => {
    const types = fc.uniqueArray(fc.constantFrom('A', 'B', 'C', 'D', 'E'));
    fc.assert(
      fc.property(types, types, (present, own) => {
        const once = mergeConditions(made(...present), made(...own), own);
        expect(mergeConditions(once, made(...own), own)).toEqual(once);
      }),
    );
  });
});

describe('readyFrom', () => {
  it.each([
    [[input('Available'), input('Degraded', 'False')], 'True', 'AsExpected'],
    [[], 'True', 'AsExpected'],
    [[input('Available', 'False', 'NoPods')], 'False', 'NoPods'],
    [[input('Available', 'Unknown', 'NoAnswer')], 'Unknown', 'NoAnswer'],
    [[input('Backup', 'Unknown', 'NoAnswer'), input('Degraded', 'True', 'Broken')], 'False', 'Broken'],
    [[reconcilingCondition('Upgrading', 'x'), input('Available')], 'False', 'Upgrading'],
    [[stalledCondition('Stuck', 'x')], 'False', 'Stuck'],
    [[input('Paused'), input('Ready', 'False', 'Before')], 'True', 'AsExpected'],
  ] as const)('of %j is %s', (conditions, status, reason) => {
    expect(readyFrom(conditions)).toMatchObject({ type: 'Ready', status, reason });
  });

  it('names all that is bad', () => {
    const ready = readyFrom([input('A', 'False', 'One'), input('B', 'False', 'Two')]);
    expect(ready.message).toBe('A: A is False; B: B is False');
  });
});

describe('changedConditions', () => {
  it('names those whose status or reason changed', () => {
    const before = conditionsFrom(undefined, [input('A'), input('B')], 1, start);
    const after = conditionsFrom(before, [input('A'), input('B', 'True', 'Other'), input('C')], 1, start);
    expect(changedConditions(before, after).map(({ type }) => type)).toEqual(['B', 'C']);
  });
});
