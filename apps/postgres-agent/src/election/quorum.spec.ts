import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  acksNeeded,
  majorityAcks,
  nextRecord,
  othersOf,
  promisesNeeded,
  ruleToFollow,
  wantedRule,
} from './quorum.ts';

const member = (number: number) => `pg-${number}`;
const rule = (acks: number, ...numbers: number[]) => ({ members: numbers.map(member), acks });

describe('how many', () => {
  it.each([
    [1, 0],
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 2],
    [7, 3],
  ])('of %i members %i must acknowledge', (members, acks) => {
    expect(majorityAcks(members)).toBe(acks);
  });

  it('promises always meet a member that has an acknowledged commit, also under a primary that is no member', () => {
    const scenario = fc
      .record({ size: fc.integer({ min: 1, max: 7 }), primary: fc.integer({ min: 0, max: 8 }) })
      .chain(({ size, primary }) =>
        fc.record({
          size: fc.constant(size),
          primary: fc.constant(primary),
          acks: fc.integer({ min: 1, max: Math.max(1, size - 1) }),
          order: fc.shuffledSubarray(
            Array.from({ length: size }, (_, number) => number),
            { minLength: size },
          ),
          other: fc.shuffledSubarray(
            Array.from({ length: size }, (_, number) => number),
            { minLength: size },
          ),
        }),
      );
    fc.assert(
      fc.property(scenario, ({ size, primary, acks, order, other }) => {
        const current = rule(acks, ...Array.from({ length: size }, (_, number) => number));
        const name = member(primary);
        const others = othersOf(current, name);
        const acking = order
          .map(member)
          .filter((one) => one !== name)
          .slice(0, acksNeeded(current, name));
        const has = new Set([...acking, ...(current.members.includes(name) ? [name] : [])]);
        fc.pre(acking.length === acksNeeded(current, name) && promisesNeeded(current) <= size);
        // A later failover: any members may promise, and their holder may be any other than the first.
        const promising = other.map(member).slice(0, promisesNeeded(current));
        expect(promising.some((one) => has.has(one))).toBe(true);
        expect(others.length).toBeGreaterThanOrEqual(acking.length);
      }),
    );
  });
});

describe('the wanted rule', () => {
  const base = { members: [0, 1, 2].map(member), primary: 'pg-0', recorded: rule(1, 0, 1, 2) };

  it('keeps waiting for members that are away when durability is required', () => {
    expect(wantedRule({ ...base, durability: 'required', streaming: [] })).toEqual(rule(1, 0, 1, 2));
  });

  it('waits for nobody when nobody streams and availability is preferred', () => {
    expect(wantedRule({ ...base, durability: 'preferred', streaming: [] })).toEqual(rule(0, 0, 1, 2));
    expect(wantedRule({ ...base, durability: 'preferred', streaming: ['pg-2'] })).toEqual(rule(1, 0, 1, 2));
  });

  it('grows only when the new members can acknowledge', () => {
    const grown = { ...base, members: [0, 1, 2, 3, 4].map(member), durability: 'required' } as const;
    expect(wantedRule({ ...grown, streaming: ['pg-1'] })).toEqual(rule(1, 0, 1, 2));
    expect(wantedRule({ ...grown, streaming: ['pg-1', 'pg-4'] })).toEqual(rule(2, 0, 1, 2, 3, 4));
  });

  it('shrinks at once, and a primary that is to leave stays a member until another has taken over', () => {
    const shrunk = {
      ...base,
      recorded: rule(2, 0, 1, 2, 3, 4),
      durability: 'required',
      streaming: [],
    } as const;
    expect(wantedRule(shrunk)).toEqual(rule(1, 0, 1, 2));
    expect(wantedRule({ ...shrunk, primary: 'pg-4' })).toEqual(rule(2, 0, 1, 2, 4));
  });
});

describe('a change of the rule', () => {
  const old = rule(1, 0, 1, 2);
  const next = rule(2, 0, 1, 2, 3, 4);

  it('records both before the server is told', () => {
    expect(nextRecord([old], next, undefined, 0)).toEqual([old, next]);
    expect(ruleToFollow([old], next)).toEqual(old);
    expect(ruleToFollow([old, next], next)).toEqual(next);
  });

  it('drops the old rule only when a quorum of the new one has all that was acknowledged before', () => {
    expect(nextRecord([old, next], next, { order: 3, rule: next, settled: false }, 3)).toBeUndefined();
    expect(nextRecord([old, next], next, { order: 3, rule: next, settled: true }, 3)).toEqual([next]);
  });

  it('does not believe an answer to an earlier order: the server may be on its way to another rule', () => {
    // Back to the old rule, while the server may be putting the new one into effect.
    expect(nextRecord([old, next], old, { order: 1, rule: old, settled: true }, 3)).toBeUndefined();
    expect(nextRecord([old, next], old, { order: 3, rule: old, settled: true }, 3)).toEqual([old]);
  });

  it('writes nothing when all is as it should be', () => {
    expect(nextRecord([old], old, { order: 1, rule: old, settled: true }, 1)).toBeUndefined();
    expect(nextRecord([old], undefined, undefined, 0)).toBeUndefined();
  });
});
