import { describe, expect, it } from '@jest/globals';
import { objectStoreSecret, s3Endpoint, s3HostNames, s3Manifest } from './manifest.ts';

const objects = s3Manifest({
  namespace: 'demo',
  accessKey: 'the-key',
  secretKey: 'the-secret',
  tlsCert: 'CERT',
  tlsKey: 'PRIVATE',
  bucket: 'backups',
});

describe('s3Manifest', () => {
  it('is a Secret, a Deployment and a Service in the namespace', () => {
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
      'Secret demo/s3-server',
      'Deployment demo/s3',
      'Service demo/s3',
    ]);
  });

  it('shows credentials in the Secret only', () => {
    const [secret, ...others] = objects.map((object) => JSON.stringify(object));
    expect(secret).toContain('the-secret');
    for (const other of others) expect(other).not.toMatch(/the-key|the-secret|PRIVATE/);
  });

  it('keeps to the restricted Pod Security Standard', () => {
    const text = JSON.stringify(objects[1]);
    for (const part of [
      '"runAsNonRoot":true',
      '"allowPrivilegeEscalation":false',
      '"capabilities":{"drop":["ALL"]}',
      '"seccompProfile":{"type":"RuntimeDefault"}',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('makes the bucket by mounting a part of the volume at its place', () => {
    expect(JSON.stringify(objects[1])).toContain(
      '{"name":"data","mountPath":"/data/backups","subPath":"backups"}',
    );
  });

  it('runs without keep-alive, after which a streamed trailer breaks the next request', () => {
    expect(JSON.stringify(objects)).not.toMatch(/keep.?alive/i);
  });

  it('is reached under a name that its certificate can hold', () => {
    expect(s3HostNames('demo')).toContain(new URL(s3Endpoint('demo')).hostname);
  });
});

describe('objectStoreSecret', () => {
  it('has the keys that a backup store reads', () => {
    const secret = objectStoreSecret({
      namespace: 'a',
      name: 'b',
      accessKey: 'k',
      secretKey: 's',
      caPem: 'C',
    });
    expect(secret['stringData']).toEqual({ accessKeyId: 'k', secretAccessKey: 's', 'ca.crt': 'C' });
  });
});
