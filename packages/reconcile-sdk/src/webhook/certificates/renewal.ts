import { OperatorError } from '../../errors/index.ts';
import { type Holdings, type Serving } from './holdings.ts';
import { inspectBundle, type Inspected } from './inspect.ts';
import { issueAuthority, issueServing } from './issue.ts';
import { type CertificatePolicy } from './machine.ts';

type Renewed = Omit<Holdings, 'problems'>;

/** What the Secret holds with one more authority, without what has expired. */
export function withNewAuthority(
  { authorities, serving }: Renewed,
  operator: string,
  now: number,
  policy: CertificatePolicy,
): Renewed {
  const validity = { notBefore: now - policy.clockSkewMs, notAfter: now + policy.authorityMs };
  const made = issueAuthority(`${operator} webhook CA`, validity);
  const authority = { ...inspectOne(made.certPem), keyPem: made.keyPem };
  return {
    authorities: [authority, ...authorities.filter(({ notAfter }) => notAfter > now)],
    serving: serving && serving.notAfter > now ? serving : undefined,
  };
}

/**
 * What the Secret holds with a new serving certificate, which never outlives its authority. Authorities older than
 * that one sign nothing any more, so their keys go; they stay trusted until they expire.
 */
export function withNewServing(
  { authorities }: Renewed,
  signerId: string,
  hosts: readonly string[],
  now: number,
  policy: CertificatePolicy,
): Renewed {
  const alive = authorities.filter(({ notAfter }) => notAfter > now);
  const at = alive.findIndex(({ id }) => id === signerId);
  const signer = alive[at];
  if (!signer?.keyPem) throw new OperatorError('conflict', 'the authority that was to sign is gone');
  const made = issueServing({ certPem: signer.pem, keyPem: signer.keyPem }, hosts, {
    notBefore: now - policy.clockSkewMs,
    notAfter: Math.min(now + policy.servingMs, signer.notAfter),
  });
  const leaf = inspectOne(made.certPem);
  return {
    authorities: alive.map((authority, index) => (index > at ? withoutKey(authority) : authority)),
    serving: {
      ...made,
      id: leaf.id,
      authority: signer.id,
      issuer: withoutKey(signer),
      notBefore: leaf.notBefore,
      notAfter: leaf.notAfter,
      leaf,
    },
  };
}

/**
 * What the Secret holds and what this process shows: a Secret that was deleted or damaged gets back the trust in
 * certificates that are still shown, though nobody can sign such ones any more.
 */
export function withShown(holdings: Holdings, shown: Serving | undefined, now: number): Holdings {
  const isKnown = holdings.authorities.some(({ id }) => id === shown?.authority);
  if (!shown || isKnown || shown.notAfter <= now) return holdings;
  return { ...holdings, authorities: [...holdings.authorities, withoutKey(shown.issuer)] };
}

const withoutKey = ({ id, pem, notBefore, notAfter, x509 }: Inspected): Inspected => ({
  id,
  pem,
  notBefore,
  notAfter,
  x509,
});

function inspectOne(pem: string): Inspected {
  const [certificate] = inspectBundle(pem);
  if (!certificate) throw new OperatorError('bad-response', 'a new certificate cannot be read back');
  return certificate;
}
