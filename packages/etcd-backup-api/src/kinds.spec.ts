import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { backupStoreKind } from '@stateful/backup-store-api';
import { breaksRelease, lintKind } from '@stateful/crd-kit';
import { customResourceDefinitions } from './custom-resource-definition.ts';
import { etcdBackupSpecSchema } from './etcd-backup-spec.ts';
import { etcdBackupKind, etcdBackupScheduleKind, etcdRestoreKind } from './kinds.ts';

describe('the kinds of the etcd backup operator', () => {
  it.each([backupStoreKind, etcdBackupKind, etcdBackupScheduleKind, etcdRestoreKind])(
    '$kind keeps the conventions',
    (kind) => {
      expect(lintKind(kind)).toEqual([]);
    },
  );

  it('break nobody who uses the last release', () => {
    expect(breaksRelease(join(import.meta.dirname, '../released'), customResourceDefinitions())).toEqual([]);
  });

  it('fill in what an author leaves out', () => {
    const cluster = { endpoints: ['http://etcd-0:2379'] };
    expect(etcdBackupSpecSchema.parse({ cluster, storeRef: { name: 'archive' } })).toEqual({
      cluster,
      storeRef: { name: 'archive' },
      method: 'Snapshot',
      verify: { level: 'HashKV' },
      retry: { maxAttempts: 6, baseSeconds: 5, capSeconds: 300 },
      deletionPolicy: 'Retain',
    });
  });
});
