import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createAuthority, createKeyPair } from './authority.ts';

describe('createAuthority', () => {
  const now = new Date('2030-01-02T03:04:05Z');
  const authority = createAuthority('test-ca', now);
  const root = new X509Certificate(authority.certPem);

  it('signs itself and may sign others', () => {
    expect(root.ca).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(root.subject).toBe('CN=test-ca');
    expect(new Date(root.validTo).getTime()).toBeGreaterThan(now.getTime());
  });

  it('issues certificates that name the user, the groups and the hosts', () => {
    const issued = authority.issue({
      commonName: 'system:node:node1',
      organizations: ['system:nodes', 'second'],
      hosts: ['node1', '10.30.0.11'],
    });
    const leaf = new X509Certificate(issued.certPem);
    expect(leaf.ca).toBe(false);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.subject).toBe('O=system:nodes\nO=second\nCN=system:node:node1');
    expect(leaf.checkHost('node1')).toBe('node1');
    expect(leaf.checkIP('10.30.0.11')).toBe('10.30.0.11');
    expect(leaf.checkHost('node2')).toBeUndefined();
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  });

  it('is not fooled by another authority of the same name', () => {
    const other = createAuthority('test-ca', now);
    const leaf = new X509Certificate(other.issue({ commonName: 'x' }).certPem);
    expect(leaf.verify(root.publicKey)).toBe(false);
    expect(leaf.checkIssued(root)).toBe(false);
  });

  it('writes dates from 2050 on in the long form', () => {
    const late = new X509Certificate(createAuthority('late', new Date('2051-06-01T00:00:00Z')).certPem);
    expect(new Date(late.validTo).getUTCFullYear()).toBe(2052);
  });

  it('makes keys for service-account tokens', () => {
    const pair = createKeyPair();
    expect(pair.keyPem).toContain('BEGIN PRIVATE KEY');
    expect(pair.publicKeyPem).toContain('BEGIN PUBLIC KEY');
  });
});
