import { describe, expect, it } from '@jest/globals';
import { scheduleLabel, type EtcdBackup, type EtcdRestoreSpec } from '@stateful/etcd-backup-api';
import { sourceOf } from './operations/select.ts';

interface Some {
  readonly day: number;
  readonly revision: number;
  readonly verified?: boolean;
  readonly succeeded?: string;
  readonly schedule?: string;
  readonly going?: boolean;
}
const backup = (name: string, some: Some): EtcdBackup =>
  ({
    metadata: {
      namespace: 'default',
      name,
      uid: `uid-${name}`,
      labels: { [scheduleLabel]: some.schedule ?? 'nightly' },
      ...(some.going ? { deletionTimestamp: '2026-02-01T00:00:00Z' } : {}),
    },
    spec: { storeRef: { name: 'store' }, cluster: { endpoints: ['http://etcd:2379'] } },
    status: {
      conditions: [
        { type: 'Succeeded', status: some.succeeded ?? 'True' },
        { type: 'Verified', status: some.verified ? 'True' : 'False' },
      ],
      timings: { pointInTime: `2026-01-0${some.day}T00:00:00Z` },
      etcd: { revision: some.revision },
    },
  }) as unknown as EtcdBackup;

const backups = [
  backup('first', { day: 1, revision: 100, verified: true }),
  backup('third', { day: 3, revision: 300, verified: true }),
  backup('fourth', { day: 4, revision: 400 }),
  backup('second', { day: 2, revision: 200 }),
  backup('running', { day: 5, revision: 500, succeeded: 'Unknown' }),
  backup('going', { day: 6, revision: 600, verified: true, going: true }),
  backup('other', { day: 7, revision: 700, verified: true, schedule: 'weekly' }),
];
const stores = new Map([['store', { s3: { bucket: 'backups', prefix: 'etcd' } }]]) as never;
const from = (source: object, of: readonly EtcdBackup[] = backups) =>
  sourceOf({ spec: { source } as EtcdRestoreSpec, sources: { backups: of, stores, schedule: undefined } });

describe('which backup is meant', () => {
  it.each([
    [{ pick: 'Latest' }, 'fourth'],
    [{ pick: 'LatestVerified' }, 'third'],
    [{ pick: 'Before', time: '2026-01-03T00:00:00Z' }, 'third'],
    [{ pick: 'Before', time: '2026-01-02T23:59:59Z' }, 'second'],
    [{ pick: 'AtOrBelowRevision', revision: 299 }, 'second'],
    [{ pick: 'AtOrBelowRevision', revision: 400 }, 'fourth'],
  ])('of a schedule, by %j: %s', (schedule, name) => {
    for (const order of [backups, backups.toReversed()]) {
      expect(from({ schedule: { name: 'nightly', ...schedule } }, order)).toMatchObject({
        backup: name,
        key: `etcd/v1/uid-${name}/manifest.json`,
      });
    }
  });

  it.each([
    [{ schedule: { name: 'nightly', pick: 'Before', time: '2025-12-31T00:00:00Z' } }, 'NoBackupMatches'],
    [{ schedule: { name: 'nightly', pick: 'AtOrBelowRevision', revision: 99 } }, 'NoBackupMatches'],
    [{ schedule: { name: 'none', pick: 'Latest' } }, 'NoBackupMatches'],
    [{ backupRef: { name: 'none' } }, 'BackupNotFound'],
    [{ backupRef: { name: 'running' } }, 'BackupNotComplete'],
    [{ object: { storeRef: { name: 'none' }, key: 'a' } }, 'StoreNotFound'],
  ])('%j is refused: %s', (source, reason) => {
    expect(from(source)).toMatchObject({ reason });
  });

  it('is the object that is named', () => {
    expect(
      from({ object: { storeRef: { name: 'store' }, key: 'a/manifest.json', versionID: '7' } }),
    ).toMatchObject({
      key: 'a/manifest.json',
      versionID: '7',
    });
  });
});
