import { describe, expect, it } from '@jest/globals';
import {
  isSafeToServe,
  maySwap,
  nextCertificateAction,
  renewalOf,
  type CertificatePolicy,
  type CertificateView,
} from './machine.ts';

const hour = 3_600_000;
const day = 24 * hour;
const policy: CertificatePolicy = {
  authorityMs: 360 * day,
  servingMs: 90 * day,
  propagationMs: 30_000,
  clockSkewMs: hour,
};
const now = 1_000 * day;
const authority = (id: string, age: number, canSign = true) => ({
  id,
  notBefore: now - age,
  notAfter: now - age + policy.authorityMs,
  canSign,
});
const serving = (by: string, age: number) => ({
  authority: by,
  notBefore: now - age,
  notAfter: now - age + policy.servingMs,
  fits: true,
});
const target = (...ids: string[]) => ({
  name: 't',
  trusts: ids.map((id) => ({ id, notAfter: now + 100 * day })),
  isBlocked: false,
});
const view = (more: Partial<CertificateView>): CertificateView => ({
  authorities: [],
  serving: undefined,
  targets: [],
  steadyMs: day,
  ...more,
});
const next = (more: Partial<CertificateView>, at = now) => nextCertificateAction(view(more), at, policy, 0);

describe('the life of an authority', () => {
  const old = authority('old', 200 * day);
  const young = authority('young', 0);

  it('begins with one, which is made known and signs at once where nobody else is trusted', () => {
    expect(next({ targets: [target()] })).toEqual({ do: 'create-authority' });
    expect(next({ authorities: [young], targets: [target()] })).toEqual({ do: 'publish', targets: ['t'] });
    expect(next({ authorities: [young], targets: [target('young')], steadyMs: 0 })).toEqual({
      do: 'sign',
      authority: 'young',
    });
  });

  it('then rests until two thirds are over', () => {
    const resting = { authorities: [young], serving: serving('young', 0), targets: [target('young')] };
    expect(next(resting)).toMatchObject({ do: 'wait', ms: 60 * day, why: 'all is good' });
    expect(next({ ...resting, serving: serving('young', 61 * day) })).toEqual({
      do: 'sign',
      authority: 'young',
    });
    expect(next({ ...resting, authorities: [authority('young', 241 * day)] })).toEqual({
      do: 'create-authority',
    });
  });

  it('hands over only when the next one has been trusted everywhere for a while', () => {
    const both = { authorities: [young, old], serving: serving('old', day) };
    expect(next({ ...both, targets: [target('old')] })).toEqual({ do: 'publish', targets: ['t'] });
    expect(next({ ...both, targets: [target('old', 'young')], steadyMs: 10_000 })).toMatchObject({
      do: 'wait',
      ms: 20_000,
    });
    expect(next({ ...both, targets: [target('old', 'young')], steadyMs: 30_000 })).toEqual({
      do: 'sign',
      authority: 'young',
    });
  });

  it('goes on with the old one while the next cannot be made known', () => {
    const blocked = { ...target('old'), isBlocked: true };
    const both = { authorities: [young, old], targets: [blocked] };
    expect(next({ ...both, serving: serving('old', day) })).toMatchObject({
      do: 'wait',
      ms: policy.propagationMs,
    });
    expect(next({ ...both, serving: serving('old', 61 * day) })).toEqual({ do: 'sign', authority: 'old' });
    // At the very end it takes whoever is trusted at least somewhere.
    const lastCall = {
      ...both,
      authorities: [young, { ...old, canSign: false }],
      serving: serving('old', 88 * day),
    };
    expect(next({ ...lastCall, targets: [blocked] })).toMatchObject({ do: 'wait' });
    expect(next({ ...lastCall, targets: [blocked, target('old', 'young')] })).toEqual({
      do: 'sign',
      authority: 'young',
    });
  });

  it('takes expired trust away, after what clocks may differ', () => {
    const gone = (ago: number) => ({
      ...target('young'),
      trusts: [...target('young').trusts, { id: 'gone', notAfter: now - ago }],
    });
    const rest = { authorities: [young], serving: serving('young', 0) };
    expect(next({ ...rest, targets: [gone(hour / 2)] })).toMatchObject({ do: 'wait', ms: hour / 2 + 1 });
    expect(next({ ...rest, targets: [gone(2 * hour)] })).toEqual({ do: 'publish', targets: ['t'] });
  });

  it('signs again for other hosts', () => {
    const other = { ...serving('young', 0), fits: false };
    expect(next({ authorities: [young], serving: other, targets: [target('young')] })).toEqual({
      do: 'sign',
      authority: 'young',
    });
  });
});

describe('showing a certificate', () => {
  it('is safe when its authority is trusted for long enough, or alone', () => {
    const safe = (ids: string[], steadyMs: number) =>
      isSafeToServe({ targets: [target(...ids)], steadyMs }, 'a', now, policy);
    expect(safe(['b'], day)).toBe(false);
    expect(safe(['a', 'b'], 1_000)).toBe(false);
    expect(safe(['a', 'b'], 30_000)).toBe(true);
    expect(safe(['a'], 0)).toBe(true);
    expect(isSafeToServe({ targets: [], steadyMs: 0 }, 'a', now, policy)).toBe(true);
  });

  it('is not given up for one that is not trusted, but for its own end', () => {
    const swap = (age: number) =>
      maySwap({ targets: [target('a')], steadyMs: day }, serving('a', age), { authority: 'b' }, now, policy);
    expect(swap(day)).toBe(false);
    expect(swap(87 * day)).toBe(true);
    expect(maySwap({ targets: [target('a')], steadyMs: 0 }, undefined, { authority: 'b' }, now, policy)).toBe(
      true,
    );
  });

  it('renews replicas one after the other', () => {
    const life = { notBefore: 0, notAfter: 300 };
    expect([renewalOf(life, 0), renewalOf(life, 0.5)]).toEqual([200, 207.5]);
  });
});
