import { describe, expect, it } from '@jest/globals';
import { failoverState, lease } from '../../../test/snapshot-fixture.ts';
import { failoverOf } from './failover.ts';

describe('failoverOf', () => {
  it('tells a Lease that is absent, released, held and unreadable apart', () => {
    expect(failoverOf(undefined)).toEqual({ kind: 'absent' });
    expect(failoverOf(lease('pg-0', failoverState()))).toEqual({
      kind: 'known',
      holder: 'pg-0',
      epoch: 2,
      state: failoverState(),
    });
    expect(failoverOf(lease('', failoverState()))).toMatchObject({ kind: 'known', holder: undefined });
    expect(failoverOf({ metadata: { name: 'pg-primary' }, spec: { holderIdentity: 'pg-0' } })).toEqual({
      kind: 'known',
      holder: 'pg-0',
      epoch: 0,
      state: undefined,
    });
  });

  it.each([
    ['text that is no JSON', 'nonsense'],
    ['a document of another shape', { systemIdentifier: 7 }],
  ])('does not take %s for an answer', (_, state) => {
    const result = failoverOf(
      typeof state === 'string'
        ? { ...lease('pg-0', {}), metadata: { annotations: { 'db.example.com/failover': state } } }
        : lease('pg-0', state),
    );
    expect(result.kind).toBe('unknown');
  });
});
