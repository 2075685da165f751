import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createTestCertificate, subjectAltName } from './certificates.ts';

describe('test certificates', () => {
  it('tell names from addresses', () => {
    expect(subjectAltName(['s3.demo.svc', '127.0.0.1', '::1'])).toBe('DNS:s3.demo.svc,IP:127.0.0.1,IP:::1');
  });

  it('are signed by their CA and hold every name', async () => {
    const { caPem, certPem, keyPem } = await createTestCertificate(['s3.demo.svc', '127.0.0.1']);
    const certificate = new X509Certificate(certPem);
    const ca = new X509Certificate(caPem);
    expect(ca.ca).toBe(true);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.checkHost('s3.demo.svc')).toBe('s3.demo.svc');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(keyPem).toContain('PRIVATE KEY');
  });
});
