import {
  X509Certificate,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto';
import { isIP, isIPv6 } from 'node:net';
import { bits, explicit, implicit, integer, octets, oid, sequence, set, time, utf8, yes } from './der.ts';

/** A certificate with its private key, both in PEM. */
export interface KeyPair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Milliseconds since the epoch; certificates keep whole seconds of it. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

/*
 * Two fixed forms of certificate, an authority and a server, ECDSA P-256 with SHA-256, written here: a general
 * X.509 library costs a process 22 MB and 80 ms for as long as it lives, for something done twice a year.
 */
const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
const critical = yes();
const extension = (id: string, value: Buffer, ...flags: Buffer[]): Buffer =>
  sequence(oid(id), ...flags, octets(value));
const keyUsage = (byte: number, unused: number): Buffer =>
  extension('2.5.29.15', bits(Buffer.from([byte]), unused), critical);
/** RFC 7093, method 1. */
const keyIdentifier = (publicKeyDer: Buffer): Buffer =>
  createHash('sha256').update(publicKeyDer).digest().subarray(0, 20);
const nameOf = (commonName: string): Buffer => sequence(set(sequence(oid('2.5.4.3'), utf8(commonName))));

/** A self-signed authority that may sign servers' certificates and no further authorities. */
export function issueAuthority(commonName: string, validity: Validity): KeyPair {
  const key = newKey();
  // Authorities that overlap have names of their own, so that no verifier takes one for the other.
  const base = commonName.replaceAll(/[^A-Za-z0-9 .-]/g, '-').slice(0, 50);
  const name = nameOf(`${base} ${randomBytes(4).toString('hex')}`);
  return certificate(key, {
    issuer: name,
    subject: name,
    validity,
    signWith: key.privatePem,
    extensions: [
      extension('2.5.29.19', sequence(yes(), integer(Buffer.from([0]))), critical),
      keyUsage(0x06, 1),
      extension('2.5.29.14', octets(keyIdentifier(key.publicDer))),
    ],
  });
}

/** A server's certificate for `hosts` (DNS names and IP addresses), signed by the authority. */
export function issueServing(authority: KeyPair, hosts: readonly string[], validity: Validity): KeyPair {
  const key = newKey();
  const authorityDer = createPublicKey(authority.keyPem).export({ type: 'spki', format: 'der' });
  return certificate(key, {
    issuer: subjectOf(authority.certPem),
    subject: nameOf((hosts[0] ?? 'webhook').slice(0, 64)),
    validity,
    signWith: authority.keyPem,
    extensions: [
      extension('2.5.29.19', sequence(), critical),
      keyUsage(0x80, 7),
      extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
      extension('2.5.29.35', sequence(implicit(0, keyIdentifier(authorityDer)))),
      extension('2.5.29.17', sequence(...hosts.map(generalName))),
    ],
  });
}

interface Key {
  publicDer: Buffer;
  privatePem: string;
}

function newKey(): Key {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { publicDer: publicKey, privatePem: privateKey };
}

function certificate(
  key: Key,
  form: { issuer: Buffer; subject: Buffer; validity: Validity; signWith: string; extensions: Buffer[] },
): KeyPair {
  const serial = randomBytes(16);
  // Positive and never zero, as RFC 5280 wants it.
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaWithSha256,
    form.issuer,
    sequence(time(form.validity.notBefore), time(form.validity.notAfter)),
    form.subject,
    key.publicDer,
    explicit(3, sequence(...form.extensions)),
  );
  const signature = sign('sha256', body, { key: form.signWith, dsaEncoding: 'der' });
  const der = sequence(body, ecdsaWithSha256, bits(signature));
  const lines = der.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n');
  return {
    certPem: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    keyPem: key.privatePem,
  };
}

function generalName(host: string): Buffer {
  if (!isIP(host)) return implicit(2, Buffer.from(host, 'latin1'));
  return implicit(7, isIPv6(host) ? ipv6Bytes(host) : Buffer.from(host.split('.').map(Number)));
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groups = (text: string): number[] =>
    text ? text.split(':').map((group) => parseInt(group, 16)) : [];
  const left = groups(head);
  const right = groups(tail ?? '');
  const all = [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
  return Buffer.from(all.flatMap((group) => [group >>> 8, group & 0xff]));
}

/** Our authorities have one common name and nothing else, so what is read back is what was written. */
function subjectOf(certPem: string): Buffer {
  return nameOf(new X509Certificate(certPem).subject.replace(/^CN=/, ''));
}
