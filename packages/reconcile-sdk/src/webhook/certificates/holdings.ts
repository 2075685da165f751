import { authorityOf, inspectBundle, isKeyOf, type Inspected } from './inspect.ts';
import { type KeyPair } from './issue.ts';

/** A certificate that a server can show, with what is known about it. */
export interface Serving extends KeyPair {
  /** SHA-256 of the certificate. */
  readonly id: string;
  /** SHA-256 of the authority that vouches for it. */
  readonly authority: string;
  readonly issuer: Inspected;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly leaf: Inspected;
}

/** An authority, and its private key where it may still sign. */
export interface Authority extends Inspected {
  readonly keyPem?: string;
}

/** What the Secret holds, as far as it is sound. */
export interface Holdings {
  /** Newest first. */
  readonly authorities: readonly Authority[];
  readonly serving: Serving | undefined;
  /** What is wrong with the rest, for people; never quotes it. */
  readonly problems: readonly string[];
}

const pemKey = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/g;

/** Reads the data of the Secret (base64 by key). Whatever is damaged counts as absent and is named in `problems`. */
export function readHoldings(data: Readonly<Record<string, string>> | undefined): Holdings {
  const text = (key: string): string => Buffer.from(data?.[key] ?? '', 'base64').toString('utf8');
  const keys = [...text('ca.key').matchAll(pemKey)].map(([pem]) => `${pem}\n`);
  const certificates = inspectBundle(text('ca.crt'));
  const authorities = certificates
    .filter((certificate) => certificate.x509.ca)
    .map((certificate): Authority => {
      const keyPem = keys.find((key) => isKeyOf(certificate, key));
      return keyPem === undefined ? certificate : { ...certificate, keyPem };
    })
    .sort((a, b) => b.notBefore - a.notBefore || (a.id < b.id ? -1 : 1));
  const problems: string[] = [];
  if (authorities.length === 0 || authorities.length < certificates.length)
    problems.push('ca.crt is missing or damaged');
  if (!authorities[0]?.keyPem) problems.push('ca.key is missing or does not belong to ca.crt');
  const serving = readServing(text('tls.crt'), text('tls.key'), authorities);
  if (typeof serving === 'string') problems.push(serving);
  return { authorities, serving: typeof serving === 'string' ? undefined : serving, problems };
}

/**
 * A serving certificate that can be used, or why it cannot, for people. Where no authorities are known the last
 * certificate of the chain stands in for its authority.
 */
export function readServing(
  certPem: string,
  keyPem: string,
  authorities: readonly Inspected[] | undefined,
): Serving | string {
  const chain = inspectBundle(certPem);
  const [leaf] = chain;
  if (!leaf) return 'tls.crt is missing or damaged';
  if (!isKeyOf(leaf, keyPem)) return 'tls.key is missing or does not belong to tls.crt';
  const authority = authorities ? authorityOf(chain, authorities) : chain.at(-1);
  if (!authority) return 'tls.crt is not signed by an authority in ca.crt';
  return {
    certPem,
    keyPem,
    id: leaf.id,
    authority: authority.id,
    issuer: authority,
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
    leaf,
  };
}

/** The data of the Secret, all four keys of it. */
export function writeHoldings({ authorities, serving }: Omit<Holdings, 'problems'>): Record<string, string> {
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  return {
    'ca.crt': base64(authorities.map(({ pem }) => pem).join('')),
    'ca.key': base64(authorities.map(({ keyPem }) => keyPem ?? '').join('')),
    'tls.crt': base64(serving?.certPem ?? ''),
    'tls.key': base64(serving?.keyPem ?? ''),
  };
}
