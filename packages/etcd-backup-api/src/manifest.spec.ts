import { describe, expect, it } from '@jest/globals';
import { manifestBytes, readManifest, type BackupManifest } from './manifest.ts';

const manifest: BackupManifest = {
  schemaVersion: 1,
  opID: 'uid',
  backup: { namespace: 'a', name: 'b' },
  object: {
    key: 'v1/uid/snapshot.db',
    compression: 'None',
    sizeBytes: 4128,
    sha256: 'ab',
    parts: 1,
    revision: 7,
  },
  etcd: { clusterID: 'cdf8' },
  pointInTime: '2026-11-24T00:00:00Z',
};

describe('a manifest', () => {
  it('is read as it was written', () => {
    expect(readManifest(manifestBytes(manifest))).toEqual({ ok: true, manifest });
  });
  it('of a later version of the same schema is read without what is new', () => {
    const later = { ...manifest, colour: 'blue' };
    expect(readManifest(Buffer.from(JSON.stringify(later)))).toEqual({ ok: true, manifest });
  });
  it.each([
    ['SchemaTooNew', JSON.stringify({ ...manifest, schemaVersion: 2 })],
    ['SchemaTooNew', JSON.stringify({ schemaVersion: 9, all: 'other' })],
    ['ManifestUnreadable', '{'],
    ['ManifestUnreadable', '{}'],
    ['ManifestUnreadable', JSON.stringify({ ...manifest, object: {} })],
  ])('is refused as %s', (reason, text) => {
    expect(readManifest(Buffer.from(text))).toMatchObject({ ok: false, reason });
  });
});
