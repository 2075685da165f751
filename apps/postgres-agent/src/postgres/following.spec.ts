import { describe, expect, it } from '@jest/globals';
import { reordered, settle, type Following } from './following.ts';

const rule = { members: ['pg-0', 'pg-1', 'pg-2'], acks: 1 };
const following = (more: Partial<Following> = {}): Following => ({
  order: 1,
  rule,
  settled: false,
  from: 100n,
  ...more,
});
const standby = (name: string, flushed: bigint) => ({ name, isStreaming: true, flushed });

describe('a rule is settled', () => {
  it('when enough of its members have flushed all that was there before it', () => {
    expect(settle(following(), [standby('pg-1', 99n)], 'pg-0').settled).toBe(false);
    expect(settle(following(), [standby('pg-1', 100n)], 'pg-0').settled).toBe(true);
  });

  it('not by the primary itself, by strangers, or by a copy that only passes through', () => {
    const others = [standby('pg-0', 200n), standby('pg-9', 200n), standby('pg_basebackup', 200n)];
    expect(settle(following(), others, 'pg-0').settled).toBe(false);
  });

  it('with one more under a primary that is no member of it', () => {
    const leaving = following({ rule: { members: ['pg-0', 'pg-1', 'pg-2'], acks: 1 } });
    expect(settle(leaving, [standby('pg-1', 100n)], 'pg-4').settled).toBe(false);
    expect(settle(leaving, [standby('pg-1', 100n), standby('pg-2', 100n)], 'pg-4').settled).toBe(true);
  });

  it('for good: a standby that goes away later changes nothing', () => {
    expect(settle(following({ settled: true }), [], 'pg-0').settled).toBe(true);
  });
});

describe('an order', () => {
  it('for the rule that is in effect is obeyed already; another one is not', () => {
    expect(reordered(following(), { members: ['pg-2', 'pg-1', 'pg-0'], acks: 1 }, 5)).toMatchObject({
      order: 5,
    });
    expect(reordered(following(), { ...rule, acks: 2 }, 5)).toBeUndefined();
  });
});
