import { X509Certificate, createPrivateKey } from 'node:crypto';
import { isIP } from 'node:net';

/** What a certificate says, in terms of this folder. */
export interface Inspected {
  /** SHA-256 of the certificate: its identity everywhere here. */
  readonly id: string;
  readonly pem: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly x509: X509Certificate;
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in a text of PEM blocks, in order, each once; blocks that are damaged are left out. */
export function inspectBundle(text: string | undefined): Inspected[] {
  const found = new Map<string, Inspected>();
  for (const [pem] of (text ?? '').matchAll(block)) {
    try {
      const x509 = new X509Certificate(pem);
      const id = x509.fingerprint256;
      if (!found.has(id))
        found.set(id, {
          id,
          pem: `${pem}\n`,
          notBefore: Date.parse(x509.validFrom),
          notAfter: Date.parse(x509.validTo),
          x509,
        });
    } catch {
      // Whoever reads the result sees that it is missing.
    }
  }
  return [...found.values()];
}

/** Whether the key belongs to the certificate; false as well for what is not a key. */
export function isKeyOf(certificate: Inspected, keyPem: string | undefined): boolean {
  try {
    return keyPem !== undefined && certificate.x509.checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    return false;
  }
}

const isIssuedBy = (certificate: Inspected, issuer: Inspected): boolean =>
  certificate.x509.checkIssued(issuer.x509) && certificate.x509.verify(issuer.x509.publicKey);

/**
 * Which of `authorities` vouches for the first certificate of `chain`, perhaps through others of the chain;
 * undefined when none does.
 */
export function authorityOf(
  chain: readonly Inspected[],
  authorities: readonly Inspected[],
): Inspected | undefined {
  let [current] = chain;
  for (let step = 0; current && step < 5; step++) {
    const at = current;
    const vouching = authorities.find((authority) => isIssuedBy(at, authority));
    if (vouching) return vouching;
    current = chain.find((other) => other.id !== at.id && isIssuedBy(at, other));
  }
  return undefined;
}

/** Whether a client that asks for any of these hosts accepts the certificate. */
export function speaksFor(certificate: Inspected, hosts: readonly string[]): boolean {
  return hosts.every((host) =>
    isIP(host)
      ? certificate.x509.checkIP(host) !== undefined
      : certificate.x509.checkHost(host, { subject: 'never' }) !== undefined,
  );
}
