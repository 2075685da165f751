import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import {
  bitString,
  boolean,
  contextConstructed,
  contextPrimitive,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  unsignedInteger,
  utf8String,
} from './der.ts';

/** A private key with what belongs to it, all in PEM. */
export type KeyPair = { readonly keyPem: string; readonly publicKeyPem: string };
export type Certificate = { readonly certPem: string; readonly keyPem: string };

export type Subject = {
  /** The user's name, as Kubernetes sees it. */
  readonly commonName: string;
  /** The user's groups, as Kubernetes sees them. */
  readonly organizations?: readonly string[];
  /** DNS names and IPv4 addresses that the certificate speaks for. */
  readonly hosts?: readonly string[];
};

export type Authority = Certificate & { readonly issue: (subject: Subject) => Certificate };

const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const clockSkewMs = 5 * 60_000;
const lifetimeMs = 365 * 24 * 60 * 60_000;

/** A fresh EC P-256 key, for instance to sign service-account tokens with. */
export function createKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { keyPem: privatePem(privateKey), publicKeyPem: spki(publicKey, 'pem') };
}

/** A self-signed authority of its own; nothing outside the cluster ever trusts it. */
export function createAuthority(commonName: string, now: Date = new Date()): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { name: encodeName({ commonName }), key: privateKey, keyId: keyIdentifier(publicKey) };
  const certPem = encodeCertificate({ issuer, subject: { commonName }, publicKey, isAuthority: true, now });
  return {
    certPem,
    keyPem: privatePem(privateKey),
    issue: (subject) => {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return {
        certPem: encodeCertificate({
          issuer,
          subject,
          publicKey: pair.publicKey,
          isAuthority: false,
          now,
        }),
        keyPem: privatePem(pair.privateKey),
      };
    },
  };
}

type Issuer = { readonly name: Buffer; readonly key: KeyObject; readonly keyId: Buffer };

function encodeCertificate(input: {
  readonly issuer: Issuer;
  readonly subject: Subject;
  readonly publicKey: KeyObject;
  readonly isAuthority: boolean;
  readonly now: Date;
}): string {
  const { issuer, subject, publicKey, isAuthority, now } = input;
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(
    contextConstructed(0, unsignedInteger(Buffer.from([2]))),
    unsignedInteger(serial),
    ecdsaWithSha256,
    issuer.name,
    sequence(time(new Date(now.getTime() - clockSkewMs)), time(new Date(now.getTime() + lifetimeMs))),
    encodeName(subject),
    spki(publicKey, 'der'),
    contextConstructed(3, sequence(...extensions(issuer, subject, publicKey, isAuthority))),
  );
  const signature = sign('sha256', body, issuer.key);
  return pem('CERTIFICATE', sequence(body, ecdsaWithSha256, bitString(signature)));
}

function extensions(
  issuer: Issuer,
  subject: Subject,
  publicKey: KeyObject,
  isAuthority: boolean,
): readonly Buffer[] {
  // keyCertSign and cRLSign for an authority, digitalSignature for everyone else.
  const keyUsage = isAuthority ? bitString(Buffer.from([0x06]), 1) : bitString(Buffer.from([0x80]), 7);
  const list = [
    extension('2.5.29.19', isAuthority ? sequence(boolean(true)) : sequence(), true),
    extension('2.5.29.15', keyUsage, true),
    extension('2.5.29.14', octetString(keyIdentifier(publicKey))),
    extension('2.5.29.35', sequence(contextPrimitive(0, issuer.keyId))),
  ];
  if (!isAuthority) {
    const serverAuth = objectIdentifier('1.3.6.1.5.5.7.3.1');
    const clientAuth = objectIdentifier('1.3.6.1.5.5.7.3.2');
    list.push(extension('2.5.29.37', sequence(serverAuth, clientAuth)));
  }
  if (subject.hosts !== undefined && subject.hosts.length > 0) {
    list.push(extension('2.5.29.17', sequence(...subject.hosts.map(generalName))));
  }
  return list;
}

const extension = (oid: string, value: Buffer, critical = false): Buffer =>
  sequence(objectIdentifier(oid), ...(critical ? [boolean(true)] : []), octetString(value));

const generalName = (host: string): Buffer =>
  isIPv4(host)
    ? contextPrimitive(7, Buffer.from(host.split('.').map(Number)))
    : contextPrimitive(2, Buffer.from(host, 'ascii'));

function encodeName({ commonName, organizations = [] }: Subject): Buffer {
  const attribute = (oid: string, text: string): Buffer =>
    set(sequence(objectIdentifier(oid), utf8String(text)));
  return sequence(
    ...organizations.map((organization) => attribute('2.5.4.10', organization)),
    attribute('2.5.4.3', commonName),
  );
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash('sha1').update(spki(publicKey, 'der')).digest();
}

const privatePem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

function spki(key: KeyObject, format: 'der'): Buffer;
function spki(key: KeyObject, format: 'pem'): string;
function spki(key: KeyObject, format: 'der' | 'pem'): Buffer | string {
  return format === 'der'
    ? key.export({ type: 'spki', format: 'der' })
    : key.export({ type: 'spki', format: 'pem' }).toString();
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
