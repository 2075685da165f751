import { describe, expect, it } from '@jest/globals';
import { decideLease, observeLease, type LeaseView } from './lease-machine.ts';

const lease: LeaseView = { holder: 'a', resourceVersion: '1', transitions: 0, durationMs: 15_000 };

describe('decideLease', () => {
  it('creates what does not exist', () => {
    expect(decideLease(undefined, undefined, 'b', 0)).toEqual({ action: 'create' });
  });

  it('renews its own, takes a released one at once', () => {
    const seen = observeLease(undefined, lease, 0);
    expect(decideLease(lease, seen, 'a', 0).action).toBe('renew');
    expect(decideLease({ ...lease, holder: '' }, seen, 'b', 0).action).toBe('take');
  });

  it('waits for the whole duration since the last change that it saw, then takes', () => {
    let seen = observeLease(undefined, lease, 100);
    seen = observeLease(seen, lease, 10_000);
    expect(decideLease(lease, seen, 'b', 15_099)).toEqual({ action: 'wait', holder: 'a', expiresInMs: 1 });
    expect(decideLease(lease, seen, 'b', 15_100).action).toBe('take');
    const renewed = { ...lease, resourceVersion: '2' };
    seen = observeLease(seen, renewed, 15_000);
    expect(decideLease(renewed, seen, 'b', 15_100).action).toBe('wait');
  });
});
