import { describe, expect, it } from '@jest/globals';
import { failoverState, lease } from '../../../test/snapshot-fixture.ts';
import { isRenewal } from './definition.ts';

describe('isRenewal', () => {
  const before = lease('pg-0', failoverState());
  const renewed = { ...before, spec: { ...before.spec, renewTime: '2030-01-01T00:00:02.000000Z' } };

  it('lets a Lease that was only renewed wake nobody', () => {
    expect(isRenewal(renewed, before)).toBe(true);
  });

  it.each([
    ['is new', before, undefined],
    ['has another holder', lease('pg-1', failoverState()), before],
    ['was released', lease('', failoverState()), before],
    [
      'has another quorum',
      lease('pg-0', failoverState({ quorum: [{ members: ['pg-0'], acks: 0 }] })),
      before,
    ],
    ['can no longer be read', lease('pg-0', {}), before],
  ])('wakes when it %s', (_, now, old) => {
    expect(isRenewal(now, old)).toBe(false);
  });
});
