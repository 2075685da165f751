import { describe, expect, it } from '@jest/globals';
import { type BackupStore } from '@stateful/backup-store-api';
import { scheduleLabel, type EtcdBackup, type EtcdBackupSchedule } from '@stateful/etcd-backup-api';
import { happened } from './changes.ts';
import { figuresOf, type Objects } from './figures.ts';

const now = Date.parse('2026-11-24T12:00:00Z');
const at = (minutesAgo: number): string => new Date(now - minutesAgo * 60_000).toISOString();
const since = (minutesAgo: number): number => now / 1000 - minutesAgo * 60;

/** A backup that ended so many minutes ago. */
const backup = (
  minutesAgo: number,
  {
    schedule = 'nightly',
    status = 'True',
    ...rest
  }: { schedule?: string; status?: string; [field: string]: unknown } = {},
): EtcdBackup =>
  ({
    metadata: {
      namespace: 'a',
      name: `b${minutesAgo}`,
      ...(schedule === '' ? {} : { labels: { [scheduleLabel]: schedule } }),
    },
    spec: { method: 'Snapshot', deletionPolicy: 'Retain' },
    status: {
      completionTime: at(minutesAgo),
      conditions: [{ type: 'Succeeded', status }],
      ...(status === 'True'
        ? {
            artifact: { sizeBytes: 1000 - minutesAgo },
            timings: { pointInTime: at(minutesAgo + 1), captureSeconds: 3, totalSeconds: 5 },
          }
        : {}),
      ...rest,
    },
  }) as unknown as EtcdBackup;
const schedule = (status: object = {}, spec: object = {}): EtcdBackupSchedule =>
  ({
    metadata: { namespace: 'a', name: 'nightly', creationTimestamp: at(600) },
    spec: { template: { method: 'Snapshot' }, ...spec },
    status,
  }) as unknown as EtcdBackupSchedule;
const nothing: Objects = { backups: [], schedules: [], stores: [], restores: [] };
const read = (objects: Partial<Objects>, name: string): Record<string, number> =>
  Object.fromEntries(
    figuresOf({ ...nothing, ...objects }, now)
      .filter((figure) => figure.name === `etcd_backup_${name}`)
      .map(({ labels, value }) => [labels.join('/'), value]),
  );

describe('figures of a schedule', () => {
  const objects = {
    schedules: [schedule()],
    backups: [backup(60), backup(10), backup(5, { status: 'False' })],
  };

  it('tell of the newest good backup and of the newest that failed', () => {
    expect(read(objects, 'last_success_timestamp_seconds')).toEqual({ 'a/nightly': since(10) });
    expect(read(objects, 'last_failure_timestamp_seconds')).toEqual({ 'a/nightly': since(5) });
    expect(read(objects, 'bytes')).toEqual({ 'a/nightly': 990 });
    expect(read(objects, 'rpo_seconds')).toEqual({ 'a/nightly': 11 * 60 });
    expect(read(objects, 'last_duration_seconds')).toEqual({ 'a/nightly/capture': 3, 'a/nightly/total': 5 });
  });

  it('outlive its EtcdBackups', () => {
    const lastSuccessful = { name: 'gone', time: at(30) };
    expect(read({ schedules: [schedule({ lastSuccessful })] }, 'last_success_timestamp_seconds')).toEqual({
      'a/nightly': since(30),
    });
  });

  it('are gone with it, and those of backups made by hand stay', () => {
    const backups = [backup(10), backup(20, { schedule: '' })];
    expect(read({ backups }, 'last_success_timestamp_seconds')).toEqual({ 'a/': since(20) });
  });

  it('say that it is stale when nothing good came for too long, also when nothing ever came', () => {
    const stale = (spec: object, backups: EtcdBackup[]) =>
      read({ schedules: [schedule({}, spec)], backups }, 'stale')['a/nightly'];
    expect(stale({ staleAfterSeconds: 900 }, [backup(10)])).toBe(0);
    expect(stale({ staleAfterSeconds: 500 }, [backup(10)])).toBe(1);
    expect(stale({ staleAfterSeconds: 500 }, [])).toBe(1);
    expect(stale({}, [backup(10)])).toBeUndefined();
  });

  it('hold no date of a next run while it is suspended', () => {
    const status = { nextScheduleTime: at(-5) };
    expect(read({ schedules: [schedule(status)] }, 'next_run_timestamp_seconds')).toEqual({
      'a/nightly': since(-5),
    });
    expect(read({ schedules: [schedule(status, { suspend: true })] }, 'next_run_timestamp_seconds')).toEqual(
      {},
    );
  });

  it('tell of checks, drills and members that disagree', () => {
    const backups = [
      backup(10, {
        verification: { level: 'Drill', result: 'Passed', at: at(2), rtoSeconds: 7 },
        etcd: { membersChecked: 3, membersAgreeing: 2 },
      }),
      backup(20, { verification: { level: 'HashKV', result: 'Failed', at: at(1) } }),
      backup(30, { verification: { level: 'Stream', result: 'Passed', at: at(1) } }),
    ];
    const all = { schedules: [schedule()], backups };
    expect(read(all, 'last_verified_timestamp_seconds')).toEqual({ 'a/nightly': since(2) });
    expect(read(all, 'last_drill_timestamp_seconds')).toEqual({ 'a/nightly': since(2) });
    expect(read(all, 'rto_seconds')).toEqual({ 'a/nightly': 7 });
    expect(read(all, 'verification_failed')).toEqual({ 'a/nightly': 1 });
    expect(read(all, 'members_disagree')).toEqual({ 'a/nightly': 1 });
  });
});

describe('figures of a store', () => {
  it.each([
    ['True', 1],
    ['False', 0],
    ['Unknown', undefined],
  ])('that is available: %s', (status, value) => {
    const store = {
      metadata: { namespace: 'a', name: 's' },
      status: { conditions: [{ type: 'Available', status }] },
    } as unknown as BackupStore;
    expect(read({ stores: [store] }, 'store_up')['a/s']).toBe(value);
  });
});

describe('what is counted', () => {
  const request = (attempt: number, state: string, code?: string) =>
    backup(0, {
      status: 'Unknown',
      lastBackupRequest: { attempt, state, ...(code ? { error: { code } } : {}) },
    });
  const counts = (before: EtcdBackup | undefined, after: EtcdBackup | undefined) =>
    happened(before, after).counts.map(({ name, labels, value }) => [name, labels.slice(2).join('/'), value]);

  it('is each attempt once, and each failure once, by a reason of the list', () => {
    expect(counts(undefined, request(1, 'Intent'))).toEqual([['etcd_backup_attempts_total', 'Snapshot', 1]]);
    expect(counts(request(1, 'Intent'), request(1, 'Issued'))).toEqual([]);
    const failed = request(1, 'Abandoned', 'StreamBroken');
    const failure = ['etcd_backup_failures_total', 'Snapshot/StreamBroken', 1];
    expect(counts(request(1, 'Issued'), failed)).toEqual([failure]);
    expect(counts(failed, failed)).toEqual([]);
    expect(counts(failed, request(2, 'Intent'))).toEqual([['etcd_backup_attempts_total', 'Snapshot', 1]]);
    expect(counts(request(1, 'Issued'), request(1, 'Abandoned', 'read ECONNRESET at 10.0.0.1'))).toEqual([
      ['etcd_backup_failures_total', 'Snapshot/Failed', 1],
    ]);
  });

  it('is a deletion with its data, and no other', () => {
    const kept = backup(0);
    expect(counts(kept, undefined)).toEqual([]);
    const spec = { ...kept.spec, deletionPolicy: 'Delete' as const };
    expect(counts({ ...kept, spec }, undefined)).toEqual([['etcd_backup_retention_deleted_total', '', 1]]);
  });

  it('is how long a backup took, when it becomes complete', () => {
    const durations = happened(request(1, 'Sealed'), backup(0)).durations;
    expect(durations).toEqual([
      { method: 'Snapshot', stage: 'capture', seconds: 3 },
      { method: 'Snapshot', stage: 'total', seconds: 5 },
    ]);
    expect(happened(backup(0), backup(0)).durations).toEqual([]);
  });
});
