import { describe, expect, it } from '@jest/globals';
import { ballot } from './ballot.ts';
import { type MemberPromise } from './lease-view.ts';

const promise = (name: string, timeline: number, lsn: number, more: Partial<MemberPromise> = {}) => ({
  ...{ name, podUid: `${name}-uid`, candidacy: '7', epoch: 3, timeline, lsn: BigInt(lsn) },
  ...more,
});
const state = (acks: number, members = ['pg-0', 'pg-1', 'pg-2']) => ({
  systemIdentifier: 'S',
  primary: 'pg-0',
  address: '10.0.0.1',
  podUid: 'pg-0-uid',
  timeline: 2,
  timelineStartLsn: '0/0',
  quorum: [{ members, acks }],
});
const count = (promises: MemberPromise[], more: Partial<Parameters<typeof ballot>[0]> = {}) =>
  ballot({
    ...{ state: state(1), candidacy: '7', epoch: 3, promises, excluded: [], self: 'pg-1', settled: false },
    ...more,
  });

describe('a ballot', () => {
  it('is short by one of two promises, and says who is missing', () => {
    expect(count([promise('pg-1', 2, 5)])).toEqual({
      kind: 'short',
      blocked: 'have 1 of 2 promises, none from pg-2',
    });
  });

  it.each([
    ['the longest WAL', [promise('pg-1', 2, 5), promise('pg-2', 2, 6)], 'pg-2'],
    ['the newest timeline before the longest WAL', [promise('pg-1', 2, 5), promise('pg-2', 1, 9)], 'pg-1'],
    ['itself on a tie', [promise('pg-2', 2, 5), promise('pg-1', 2, 5)], 'pg-1'],
  ])('elects %s', (_, promises, name) => {
    expect(count(promises)).toMatchObject({ kind: 'elected', best: { name } });
  });

  it.each([
    ['of another candidacy', { candidacy: '6' }],
    ['of another epoch', { epoch: 2 }],
    ['of a stranger', { name: 'pg-9' }],
  ])('does not count a promise %s', (_, more) => {
    expect(count([promise('pg-1', 2, 5), promise('pg-2', 2, 5, more)]).kind).toBe('short');
  });

  it('needs a quorum without a member that was named and did nothing', () => {
    const promises = [promise('pg-1', 2, 5), promise('pg-2', 2, 6)];
    expect(count(promises, { excluded: ['pg-2'] }).kind).toBe('short');
  });

  it('asks both rules while the rule changes', () => {
    const joint = {
      ...state(1),
      quorum: [...state(1).quorum, { members: ['pg-0', 'pg-1', 'pg-2', 'pg-3', 'pg-4'], acks: 2 }],
    };
    expect(count([promise('pg-1', 2, 5), promise('pg-2', 2, 5)], { state: joint }).kind).toBe('short');
    const three = [promise('pg-1', 2, 5), promise('pg-2', 2, 5), promise('pg-3', 2, 9)];
    expect(count(three, { state: joint })).toMatchObject({ kind: 'elected', best: { name: 'pg-3' } });
  });

  it('waits for all where nobody acknowledged, and then takes whom it has', () => {
    const promises = [promise('pg-1', 2, 5)];
    expect(count(promises, { state: state(0) }).kind).toBe('short');
    expect(count(promises, { state: state(0), settled: true })).toMatchObject({ kind: 'elected' });
    expect(count([], { state: state(0), settled: true }).kind).toBe('short');
  });
});
