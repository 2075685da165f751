import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { authorityOf, inspectBundle, speaksFor } from './inspect.ts';
import { issueAuthority, issueServing } from './issue.ts';

const now = Date.now();
const validity = { notBefore: now - 3_600_000, notAfter: now + 86_400_000 };
const authority = issueAuthority('postgres-operator webhook CA', validity);
const hosts = ['op.system.svc', 'localhost', '127.0.0.1', '::1', '2001:db8::a:1'];
const serving = issueServing(authority, hosts, validity);

const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' });
const hasOpenssl = ((): boolean => {
  try {
    return openssl('version').startsWith('OpenSSL');
  } catch {
    return false;
  }
})();
if (!hasOpenssl) console.warn('SKIPPED: the strict check of certificates needs the openssl command');

describe('certificates', () => {
  it('say what they should', () => {
    const [root] = inspectBundle(authority.certPem);
    const [leaf] = inspectBundle(serving.certPem);
    expect(root!.x509.ca).toBe(true);
    expect(root!.x509.subject).toMatch(/^CN=postgres-operator webhook CA [0-9a-f]{8}$/);
    expect(leaf!.x509.ca).toBe(false);
    expect(leaf!.x509.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(leaf!.x509.issuer).toBe(root!.x509.subject);
    expect([leaf!.notBefore, leaf!.notAfter]).toEqual(
      [validity.notBefore, validity.notAfter].map((ms) => Math.floor(ms / 1000) * 1000),
    );
    expect(speaksFor(leaf!, hosts)).toBe(true);
    expect(speaksFor(leaf!, ['other.system.svc'])).toBe(false);
    expect(speaksFor(leaf!, ['127.0.0.2'])).toBe(false);
    expect(authorityOf([leaf!], [root!])?.id).toBe(root!.id);
    const [stranger] = inspectBundle(issueAuthority('postgres-operator webhook CA', validity).certPem);
    expect(authorityOf([leaf!], [stranger!])).toBeUndefined();
  });

  it('have serial numbers of their own, positive and long', () => {
    const serials = Array.from(
      { length: 50 },
      () => new X509Certificate(issueServing(authority, hosts, validity).certPem).serialNumber,
    );
    expect(new Set(serials).size).toBe(50);
    expect(serials.every((serial) => /^[4-7][0-9A-F]{31}$/.test(serial))).toBe(true);
  });

  it('write dates from 2050 on in the long form', () => {
    const late = issueAuthority('late', {
      notBefore: Date.UTC(2049, 11, 31),
      notAfter: Date.UTC(2060, 0, 1),
    });
    const { validFrom, validTo } = new X509Certificate(late.certPem);
    expect([Date.parse(validFrom), Date.parse(validTo)]).toEqual([
      Date.UTC(2049, 11, 31),
      Date.UTC(2060, 0, 1),
    ]);
  });

  it('take any operator name', () => {
    const odd = issueAuthority('Ü"=,/ operator '.repeat(9), validity);
    const [root] = inspectBundle(odd.certPem);
    const [leaf] = inspectBundle(issueServing(odd, ['x'.repeat(100)], validity).certPem);
    expect(authorityOf([leaf!], [root!])?.id).toBe(root!.id);
  });

  (hasOpenssl ? it : it.skip)('pass the strict checks of OpenSSL', () => {
    const dir = mkdtempSync(join(tmpdir(), 'webhook-certificates-'));
    try {
      const [ca, leaf] = [join(dir, 'ca.pem'), join(dir, 'leaf.pem')];
      writeFileSync(ca, authority.certPem);
      writeFileSync(leaf, serving.certPem);
      const verify = (...more: string[]): string =>
        openssl('verify', '-x509_strict', '-purpose', 'sslserver', ...more, '-CAfile', ca, leaf);
      expect(verify('-verify_hostname', 'op.system.svc')).toContain('OK');
      expect(verify('-verify_ip', '2001:db8::a:1')).toContain('OK');
      expect(() => verify('-verify_hostname', 'other.system.svc')).toThrow();
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
