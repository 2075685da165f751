import { describe, expect, it } from '@jest/globals';
import { readHoldings, writeHoldings } from './holdings.ts';
import { withNewAuthority, withNewServing, withShown } from './renewal.ts';
import { defaultCertificatePolicy as policy } from '../webhook-server.ts';

const now = Date.UTC(2030, 0, 1);
const empty = { authorities: [], serving: undefined };
const first = withNewAuthority(empty, 'op', now, policy);
const one = withNewServing(first, first.authorities[0]!.id, ['a.b.svc'], now, policy);

describe('the Secret', () => {
  it('gives back what was put into it', () => {
    const { authorities, serving, problems } = readHoldings(writeHoldings(one));
    expect(problems).toEqual([]);
    expect(serving).toMatchObject({ id: one.serving!.id, authority: first.authorities[0]!.id });
    expect(authorities.map(({ id, keyPem }) => [id, keyPem])).toEqual(
      one.authorities.map(({ id, keyPem }) => [id, keyPem]),
    );
  });

  it('keeps no key longer than it signs, and no authority longer than it lives', () => {
    const later = now + policy.authorityMs * 0.7;
    const two = withNewAuthority(one, 'op', later, policy);
    expect(two.authorities.map(({ keyPem }) => keyPem !== undefined)).toEqual([true, true]);
    const handedOver = withNewServing(two, two.authorities[0]!.id, ['a.b.svc'], later, policy);
    const read = readHoldings(writeHoldings(handedOver));
    expect(read.problems).toEqual([]);
    expect(read.authorities.map(({ keyPem }) => keyPem !== undefined)).toEqual([true, false]);
    const much = now + policy.authorityMs + 1;
    expect(
      withNewServing(handedOver, two.authorities[0]!.id, ['a.b.svc'], much, policy).authorities,
    ).toHaveLength(1);
  });

  it('signs nothing that outlives its authority', () => {
    const late = now + policy.authorityMs - 3_600_000;
    const { serving, authorities } = withNewServing(
      first,
      first.authorities[0]!.id,
      ['a.b.svc'],
      late,
      policy,
    );
    expect(serving!.notAfter).toBe(authorities[0]!.notAfter);
  });

  it('is told apart from a damaged one, whatever is damaged', () => {
    const data = writeHoldings(one);
    const other = writeHoldings(withNewServing(first, first.authorities[0]!.id, ['a.b.svc'], now, policy));
    const problemsOf = (change: Record<string, string>) =>
      readHoldings({ ...data, ...change }).problems.join('; ');
    expect(readHoldings(undefined)).toMatchObject({ authorities: [], serving: undefined });
    expect(problemsOf({ 'tls.key': other['tls.key']! })).toBe(
      'tls.key is missing or does not belong to tls.crt',
    );
    expect(problemsOf({ 'tls.crt': '' })).toBe('tls.crt is missing or damaged');
    expect(problemsOf({ 'tls.crt': data['tls.crt']!.slice(0, 200) })).toContain('tls.crt');
    expect(problemsOf({ 'ca.key': 'AAAA' })).toBe('ca.key is missing or does not belong to ca.crt');
    expect(problemsOf({ 'ca.crt': data['tls.crt']! })).toContain(
      'tls.crt is not signed by an authority in ca.crt',
    );
    expect(
      problemsOf({
        'ca.crt': Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----').toString(
          'base64',
        ),
      }),
    ).toContain('ca.crt is missing or damaged');
    expect(problemsOf({ 'tls.key': 'hunter2', 'ca.key': 'hunter2' })).not.toContain('hunter2');
  });

  it('gets back trust in what is still shown', () => {
    const lost = readHoldings({});
    const healed = withShown(lost, one.serving, now);
    expect(healed.authorities.map(({ id }) => id)).toEqual([first.authorities[0]!.id]);
    expect(withShown(lost, one.serving, one.serving!.notAfter).authorities).toEqual([]);
    expect(withShown(readHoldings(writeHoldings(one)), one.serving, now).authorities).toHaveLength(1);
  });
});
